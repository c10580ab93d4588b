"""The two inserts that the ORM cannot say: a conflict is not an error, and whether a row was written is known.

Table and column names and the adaptation of values come from the models: a renamed column cannot break them silently.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, final

from django.db import connection
from django.db.models import Field, Model

from realmate_challenge.webhook_api.entities.conversation import ConversationStatus
from realmate_challenge.webhook_api.models import Conversation, Message

type Column = Field[Any, Any]


@final
@dataclass(frozen=True, slots=True)
class Insert:
    """SQL with one placeholder for each of `columns`, in their order."""

    sql: str
    columns: tuple[Column, ...]

    def __call__(self, *values: object) -> bool:
        """Run the statement, atomic by itself in autocommit mode. True if it wrote a row."""
        parameters = [
            column.get_db_prep_save(value, connection) for column, value in zip(self.columns, values, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            return bool(cursor.rowcount == 1)


def _column(model: type[Model], name: str) -> Column:
    field = model._meta.get_field(name)  # noqa: SLF001 - documented API, despite its name
    assert isinstance(field, Field)  # noqa: S101 - tells the type checker that it is no reverse relation
    return field


def _names(*columns: Column) -> str:
    return ', '.join(connection.ops.quote_name(str(column.column)) for column in columns)


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 - documented API, despite its name


@cache
def conversation_insert() -> Insert:
    """Values: id, status, opening time. Writes nothing if the id is taken."""
    columns = tuple(_column(Conversation, name) for name in ('id', 'status', 'opened_at'))
    sql = f'INSERT INTO {_table(Conversation)} ({_names(*columns)}) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING'  # noqa: S608 - names only
    return Insert(sql, columns)


@cache
def message_insert(*, accept_late: bool) -> Insert:
    """Values: id, direction, content, timestamp, conversation; with `accept_late` the timestamp once more.

    Writes nothing if the id is taken or the conversation does not take the message. On PostgreSQL the conversation is
    locked FOR SHARE: a racing close waits for this insert, or this insert for the close, and then sees it; the foreign
    key's own KEY SHARE lock would let both pass. On SQLite the one writer at a time is lock enough.
    """
    written = tuple(_column(Message, name) for name in ('id', 'direction', 'content', 'external_timestamp'))
    parent, status, closed_at = (_column(Conversation, name) for name in ('id', 'status', 'closed_at'))
    condition = f"{_names(status)} = '{ConversationStatus.OPEN}'"
    if accept_late:
        condition = f'({condition} OR {_names(closed_at)} > %s)'
    lock = 'FOR SHARE' if connection.features.has_select_for_update else ''
    sql = (
        f'INSERT INTO {_table(Message)} ({_names(*written, _column(Message, "conversation"))}) '  # noqa: S608 - names only
        f'SELECT %s, %s, %s, %s, {_names(parent)} FROM {_table(Conversation)} '
        f'WHERE {_names(parent)} = %s AND {condition} {lock} ON CONFLICT DO NOTHING'
    )
    return Insert(sql, (*written, parent, *([closed_at] if accept_late else [])))
