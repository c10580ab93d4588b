"""SQL that the ORM cannot say, or would spend more time saying than the database spends answering.

Written once for each process, with table and column names, and the adaptation of values in both directions, taken from
the models: a renamed column cannot break it silently.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, final
from uuid import UUID

from django.db import connections
from django.db.models import Field, Model
from django.db.models.expressions import Col

from realmate_challenge.webhook_api.entities.conversation import ConversationStatus
from realmate_challenge.webhook_api.models import Conversation, Message, MessageCount

type Column = Field[Any, Any]


@final
@dataclass(frozen=True, slots=True)
class Insert:
    """SQL with one placeholder for each of `columns`, in their order."""

    sql: str
    columns: tuple[Column, ...]

    def __call__(self, *values: object) -> bool:
        """Run the statement, atomic by itself in autocommit mode. True if it wrote a row."""
        # The connection itself: through `django.db.connection` every attribute would be looked up by thread.
        connection = connections['default']
        parameters = [
            column.get_db_prep_save(value, connection) for column, value in zip(self.columns, values, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            return bool(cursor.rowcount == 1)


@final
@dataclass(frozen=True, slots=True)
class Select:
    """SQL that gives rows of `columns`; None stands for a plain number."""

    sql: str
    columns: tuple[Column | None, ...]

    def __call__(self, *parameters: Any) -> list[Sequence[Any]]:  # noqa: ANN401 - as the database takes them
        connection = connections['default']
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            rows: list[Sequence[Any]] = cursor.fetchall()
        converters = _converters(self.columns)
        return [_converted(row, converters) for row in rows] if converters else rows


type Converters = tuple[tuple[int, Sequence[Callable[..., Any]], Col], ...]


@cache
def _converters(columns: tuple[Column | None, ...]) -> Converters:
    """What turns the database's values into Python's, as the ORM does it: much on SQLite, nothing on PostgreSQL."""
    connection = connections['default']
    found = []
    for position, column in enumerate(columns):
        if column is not None:
            expression = Col('', column)
            converters = [*connection.ops.get_db_converters(expression), *expression.get_db_converters(connection)]
            if converters:
                found.append((position, converters, expression))
    return tuple(found)


def _converted(row: Sequence[Any], converters: Converters) -> list[Any]:
    values = list(row)
    for position, functions, expression in converters:
        for function in functions:
            values[position] = function(values[position], expression, connections['default'])
    return values


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
    lock = 'FOR SHARE' if connections['default'].features.has_select_for_update else ''
    sql = (
        f'INSERT INTO {_table(Message)} ({_names(*written, _column(Message, "conversation"))}) '  # noqa: S608 - names only
        f'SELECT %s, %s, %s, %s, {_names(parent)} FROM {_table(Conversation)} '
        f'WHERE {_names(parent)} = %s AND {condition} {lock} ON CONFLICT DO NOTHING'
    )
    return Insert(sql, (*written, parent, *([closed_at] if accept_late else [])))


@cache
def transcript_select(*, newest_first: bool) -> Select:
    """Parameters: conversation twice, limit, offset, conversation. Rows: opening, closing, count, message or nulls.

    One statement for the conversation, its count and a window of its messages. The window's ids come from the index
    alone, however deep it lies; only its own rows are read. The count is a sum over a few shards.
    """
    of_conversation = tuple(_column(Conversation, name) for name in ('opened_at', 'closed_at'))
    of_message = tuple(_column(Message, name) for name in ('id', 'direction', 'content', 'external_timestamp'))
    message_id, parent = of_message[0], _column(Message, 'conversation')
    order = tuple(_column(Message, name) for name in ('external_timestamp', 'id'))
    direction = ' DESC' if newest_first else ''
    ordered = ', '.join(f'{_names(column, of="m")}{direction}' for column in order)
    summand = _names(_column(MessageCount, 'messages'), of='n')
    count = (
        f'SELECT CAST(COALESCE(SUM({summand}), 0) AS bigint) AS messages '  # noqa: S608 - names only
        f'FROM {_table(MessageCount)} n WHERE {_names(_column(MessageCount, "conversation"), of="n")} = %s'
    )
    window = (
        f'SELECT {_names(message_id, of="m")} FROM {_table(Message)} m '  # noqa: S608 - names only
        f'WHERE {_names(parent, of="m")} = %s ORDER BY {ordered} LIMIT %s OFFSET %s'
    )
    messages = (
        f'SELECT {_names(*of_message, of="m")} FROM ({window}) w '  # noqa: S608 - names only
        f'JOIN {_table(Message)} m ON {_names(message_id, of="m")} = {_names(message_id, of="w")}'
    )
    sql = (
        f'SELECT {_names(*of_conversation, of="c")}, n.messages, {_names(*of_message, of="m")} '  # noqa: S608 - names only
        f'FROM {_table(Conversation)} c CROSS JOIN ({count}) n LEFT JOIN ({messages}) m ON TRUE '
        f'WHERE {_names(_column(Conversation, "id"), of="c")} = %s ORDER BY {ordered}'
    )
    return Select(sql, (*of_conversation, None, *of_message))


def conversation_key(conversation_id: UUID) -> object:
    """The id as the database takes it for a parameter."""
    return _column(Conversation, 'id').get_db_prep_value(conversation_id, connections['default'])
