"""`HistoryRepository` by the database's own way of taking many rows: COPY on PostgreSQL, `executemany` elsewhere.

The one place where rows are written in bulk. Table and column names and the adaptation of values come from the models.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import batched, chain
from typing import Any, Final, final

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import Field, Model

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.history import History
from realmate_challenge.webhook_api.entities.message import Message
from realmate_challenge.webhook_api.repositories.statements import Column

# Larger batches are no faster, and take more memory.
BATCH_SIZE: Final = 5_000

# As wide as the columns of a table; `Any`, for so are a model's fields.
type Row = tuple[Any, ...]


@final
@dataclass(frozen=True, slots=True)
class Table:
    """A table, and those of its columns that are written; the others have defaults in the database."""

    model: type[Model]
    columns: tuple[str, ...]

    def insert(self, rows: Iterable[Row]) -> None:
        fields = [self._field(name) for name in self.columns]
        # What `connection` stands for: the proxy looks that up for each attribute, three times for each row.
        database = connections[DEFAULT_DB_ALIAS]
        adapted = (
            tuple(field.get_db_prep_save(value, database) for field, value in zip(fields, row, strict=True))
            for row in rows
        )
        table = connection.ops.quote_name(self.model._meta.db_table)  # noqa: SLF001 - documented API, despite its name
        names = ', '.join(connection.ops.quote_name(str(field.column)) for field in fields)
        write = _copy if connection.vendor == 'postgresql' else _execute_many
        write(f'{table} ({names})', len(fields), adapted)

    def _field(self, name: str) -> Column:
        field = self.model._meta.get_field(name)  # noqa: SLF001 - documented API, despite its name
        assert isinstance(field, Field)  # noqa: S101 - tells the type checker that it is no reverse relation
        return field


CONVERSATIONS: Final = Table(models.Conversation, ('id', 'status', 'opened_at', 'closed_at'))
MESSAGES: Final = Table(models.Message, ('id', 'conversation', 'direction', 'content', 'external_timestamp'))


@final
class OrmHistoryRepository:
    """One transaction, written batch by batch, each conversation before its messages."""

    def add_all(self, histories: Iterable[History], *, on_progress: Callable[[int], None]) -> None:
        written = 0
        with transaction.atomic(durable=True):
            _check_constraints_at_once()
            for batch in batched(_records(histories), BATCH_SIZE, strict=False):
                CONVERSATIONS.insert(_conversation_row(record) for record in batch if isinstance(record, Conversation))
                messages = [_message_row(record) for record in batch if isinstance(record, Message)]
                MESSAGES.insert(messages)
                written += len(messages)
                on_progress(written)


def _records(histories: Iterable[History]) -> Iterator[Conversation | Message]:
    for history in histories:
        yield from chain((history.conversation,), history.messages)


def _conversation_row(conversation: Conversation) -> Row:
    return conversation.id, conversation.status, conversation.opened_at, conversation.closed_at


def _message_row(message: Message) -> Row:
    return message.id, message.conversation_id, message.direction, message.content, message.timestamp


def _check_constraints_at_once() -> None:
    """Otherwise PostgreSQL remembers every row until the commit, which would then be long and silent."""
    if connection.vendor == 'postgresql':
        with connection.cursor() as cursor:
            cursor.execute('SET CONSTRAINTS ALL IMMEDIATE')


def _copy(into: str, _width: int, rows: Iterable[Row]) -> None:
    statement = f'COPY {into} FROM STDIN'
    # Django passes `copy` through to psycopg, whose errors are not Django's.
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _execute_many(into: str, width: int, rows: Iterable[Row]) -> None:
    placeholders = ', '.join(['%s'] * width)
    with connection.cursor() as cursor:
        cursor.executemany(f'INSERT INTO {into} VALUES ({placeholders})', list(rows))  # noqa: S608 - names only
