"""SQL that the ORM cannot say, or would spend more time saying than the database spends answering.

Written once for each process, with table and column names, and the adaptation of values in both directions, taken from
the models: a renamed column cannot break it silently.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from operator import attrgetter, methodcaller
from typing import Any, Final, final
from uuid import UUID

from django.db import connections
from django.db.models import Field, Model
from django.db.models.expressions import Col

from realmate_challenge.shared.database import cursors
from realmate_challenge.webhook_api.entities.conversation import ConversationStatus
from realmate_challenge.webhook_api.models import Conversation, Message, MessageCount
from realmate_challenge.webhook_api.models.conversation import ERASED

type Column = Field[Any, Any]
type Adapter = Callable[[Any], Any]

_rowcount: Final = attrgetter('rowcount')
_fetchall: Final = methodcaller('fetchall')


@final
@dataclass(frozen=True, slots=True)
class Insert:
    """SQL with one placeholder for each of the values, in their order."""

    sql: str
    # What turns Python's values into the database's; None where the driver takes them as they are.
    adapters: tuple[Adapter, ...] | None

    def __call__(self, *values: object) -> bool:
        """Run the statement, atomic by itself in autocommit mode. True if it wrote a row."""
        if self.adapters is not None:
            values = tuple(adapt(value) for adapt, value in zip(self.adapters, values, strict=True))
        return bool(cursors.run(self.sql, values, _rowcount) == 1)


@final
@dataclass(frozen=True, slots=True)
class Select:
    """SQL that gives rows."""

    sql: str
    # What turns the database's values into Python's, by position.
    converters: tuple[tuple[int, Adapter], ...]

    def __call__(self, *parameters: Any) -> list[Sequence[Any]]:  # noqa: ANN401 - as the database takes them
        rows: list[Sequence[Any]] = cursors.run(self.sql, parameters, _fetchall)
        return [self._converted(row) for row in rows] if self.converters else rows

    def _converted(self, row: Sequence[Any]) -> list[Any]:
        values = list(row)
        for position, convert in self.converters:
            values[position] = convert(values[position])
        return values


def _adapters(columns: Sequence[Column]) -> tuple[Adapter, ...] | None:
    """As the ORM does it: much on SQLite; on PostgreSQL nothing, for psycopg knows these types."""
    connection = connections['default']
    if connection.vendor == 'postgresql':
        return None
    return tuple(partial(column.get_db_prep_save, connection=connection) for column in columns)


def _converters(columns: Sequence[Column | None]) -> tuple[tuple[int, Adapter], ...]:
    """As the ORM does it: much on SQLite, nothing on PostgreSQL. None stands for a plain number."""
    connection = connections['default']
    found = []
    for position, column in enumerate(columns):
        if column is not None:
            expression = Col('', column)
            converters = [*connection.ops.get_db_converters(expression), *expression.get_db_converters(connection)]
            found += [(position, partial(each, expression=expression, connection=connection)) for each in converters]
    return tuple(found)


def _column(model: type[Model], name: str) -> Column:
    field = model._meta.get_field(name)  # noqa: SLF001 - documented API, despite its name
    assert isinstance(field, Field)  # noqa: S101 - tells the type checker that it is no reverse relation
    return field


def _names(*columns: Column, of: str = '') -> str:
    """Quoted and separated by commas, each with the alias `of` its table."""
    prefix = f'{of}.' if of else ''
    return ', '.join(prefix + _quote(str(column.column)) for column in columns)


def _table(model: type[Model]) -> str:
    return _quote(model._meta.db_table)  # noqa: SLF001 - documented API, despite its name


def _quote(name: str) -> str:
    return connections['default'].ops.quote_name(name)


@cache
def conversation_insert() -> Insert:
    """Values: id, status, opening time. Writes nothing if the id is taken."""
    columns = tuple(_column(Conversation, name) for name in ('id', 'status', 'opened_at'))
    sql = f'INSERT INTO {_table(Conversation)} ({_names(*columns)}) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING'  # noqa: S608 - names only
    return Insert(sql, _adapters(columns))


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
    lock = 'FOR SHARE' if connections['default'].features.has_select_for_update else ''
    sql = (
        f'INSERT INTO {_table(Message)} ({_names(*written, _column(Message, "conversation"))}) '  # noqa: S608 - names only
        f'SELECT %s, %s, %s, %s, {_names(parent)} FROM {_table(Conversation)} '
        f'WHERE {_names(parent)} = %s AND {condition} {lock} ON CONFLICT DO NOTHING'
    )
    return Insert(sql, _adapters((*written, parent, *([closed_at] if accept_late else []))))


@cache
def first_page_select(size: int, *, newest_first: bool) -> Select:
    """Parameters: conversation three times. Rows: opening, closing, count, message or nulls.

    The size is part of the text, there is no offset, and the conversation comes from a sub-select, which the planner
    does not look into: so PostgreSQL sees that one plan serves every conversation, and keeps it. Otherwise it would
    plan anew each time, which takes twice as long as the rest.
    """
    messages = (
        f'SELECT {_names(*_of_message(), of="m")} FROM {_table(Message)} m '  # noqa: S608 - names only
        f'WHERE {_names(_column(Message, "conversation"), of="m")} = (SELECT %s) '
        f'ORDER BY {_reading_order(newest_first=newest_first)} LIMIT {size:d}'
    )
    return _transcript_select(messages, newest_first=newest_first)


@cache
def later_page_select(*, newest_first: bool) -> Select:
    """Parameters: conversation twice, limit, offset, conversation. Rows as of the first page.

    The ids of the page come from the index alone, however deep it lies; only its own rows are read.
    """
    message_id = _column(Message, 'id')
    ids = (
        f'SELECT {_names(message_id, of="m")} FROM {_table(Message)} m '  # noqa: S608 - names only
        f'WHERE {_names(_column(Message, "conversation"), of="m")} = %s '
        f'ORDER BY {_reading_order(newest_first=newest_first)} LIMIT %s OFFSET %s'
    )
    messages = (
        f'SELECT {_names(*_of_message(), of="m")} FROM ({ids}) w '  # noqa: S608 - names only
        f'JOIN {_table(Message)} m ON {_names(message_id, of="m")} = {_names(message_id, of="w")}'
    )
    return _transcript_select(messages, newest_first=newest_first)


def _transcript_select(messages: str, *, newest_first: bool) -> Select:
    """One statement for the conversation, its count (a sum over a few shards) and a page of its `messages`."""
    of_conversation = tuple(_column(Conversation, name) for name in ('opened_at', 'closed_at'))
    conversation_id, status = (_names(_column(Conversation, name), of='c') for name in ('id', 'status'))
    counted = _names(_column(MessageCount, 'messages'), of='n')
    count = (
        f'SELECT CAST(COALESCE(SUM({counted}), 0) AS bigint) FROM {_table(MessageCount)} n '  # noqa: S608 - names only
        f'WHERE {_names(_column(MessageCount, "conversation"), of="n")} = (SELECT %s)'
    )
    sql = (
        f'SELECT {_names(*of_conversation, of="c")}, ({count}), {_names(*_of_message(), of="m")} '  # noqa: S608 - names only
        f'FROM {_table(Conversation)} c LEFT JOIN ({messages}) m ON TRUE '
        f"WHERE {conversation_id} = %s AND {status} <> '{ERASED}' "
        f'ORDER BY {_reading_order(newest_first=newest_first)}'
    )
    return Select(sql, _converters((*of_conversation, None, *_of_message())))


def _of_message() -> tuple[Column, ...]:
    return tuple(_column(Message, name) for name in ('id', 'direction', 'content', 'external_timestamp'))


def _reading_order(*, newest_first: bool) -> str:
    direction = ' DESC' if newest_first else ''
    return ', '.join(_names(_column(Message, name), of='m') + direction for name in ('external_timestamp', 'id'))


def conversation_key(conversation_id: UUID) -> object:
    """The id as the database takes it for a parameter."""
    return _column(Conversation, 'id').get_db_prep_value(conversation_id, connections['default'])
