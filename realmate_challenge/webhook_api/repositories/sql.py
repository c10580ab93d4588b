"""Execute SQL templates that take the names of tables and columns from the models."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, reduce
from operator import attrgetter, methodcaller
from threading import Lock
from typing import Any, Final

from django.db import connections
from django.db.models import Model, QuerySet
from django.db.models.expressions import Col

from realmate_challenge.shared.database import cursors
from realmate_challenge.webhook_api.models import Conversation, Message, MessageCount, UnappliedEvent
from realmate_challenge.webhook_api.repositories.group_commit import PATIENCE_SECONDS

_sqlite_writer: Final = Lock()


class Names:
    """The quoted name of a model's table, and as attributes those of its columns, by the names of the fields."""

    def __init__(self, model: type[Model]) -> None:
        self._meta = model._meta  # noqa: SLF001 - documented API

    def __str__(self) -> str:
        return _quote(self._meta.db_table)

    def __getattr__(self, field: str) -> str:
        return _quote(str(getattr(self._meta.get_field(field), 'column')))  # noqa: B009 - relations have none


def _quote(name: str) -> str:
    return connections['default'].ops.quote_name(name)


@contextmanager
def sqlite_turn() -> Iterator[None]:
    """Let the threads of this process write one after the other, if the database is SQLite.

    SQLite has one writer at a time, and the others wait by sleeping, up to 100 ms at once. Not inside a transaction,
    which is the writer already. After a second without a turn, wait as SQLite does: the thread that has it may wait
    for another process until its timeout.
    """
    connection = connections['default']
    takes_turns = connection.vendor == 'sqlite' and not connection.in_atomic_block
    has_turn = takes_turns and _sqlite_writer.acquire(timeout=PATIENCE_SECONDS)
    try:
        yield
    finally:
        if has_turn:
            _sqlite_writer.release()


def write(sql: str, values: Mapping[str, Any]) -> bool:
    """Execute a statement that writes at most one row, and return whether it did."""
    with sqlite_turn():
        return cursors.run(sql, values, attrgetter('rowcount')) == 1  # type: ignore[no-any-return]  # the driver's


def read(sql: str, values: Mapping[str, Any]) -> list[Any]:
    """Execute a statement, and return its rows."""
    return cursors.run(sql, values, methodcaller('fetchall'))


def read_durable[M: Model](rows: QuerySet[M]) -> M | None:
    """Return the only row as last committed, or None, and wait until that commit is as durable as a write.

    A commit that was interrupted while it waited for a synchronous standby is visible, but may not be on the standby.
    Locking the row writes to the log, so that this statement waits for the standby, too.
    """
    sql, parameters = rows.query.sql_with_params()
    lock = 'FOR KEY SHARE' if connections['default'].features.has_select_for_update else ''
    return next(iter(rows.model._default_manager.raw(f'{sql} {lock}', parameters)), None)  # noqa: SLF001 - documented API


@cache
def render(template: str, **values: object) -> str:
    """Fill in `{conversation}`, `{message}`, `{count}` and `{event}`, which are `Names`, and other values."""
    models = {'conversation': Conversation, 'message': Message, 'count': MessageCount, 'event': UnappliedEvent}
    names = {name: Names(model) for name, model in models.items()}
    return ' '.join(template.format(**names, **values).split())


def converter(model: type[Model], field: str) -> Callable[[Any], Any]:
    """Return a function that converts a value of the database as the ORM does."""
    connection = connections['default']
    column = Col('', model._meta.get_field(field))  # type: ignore[arg-type]  # noqa: SLF001 - not a relation
    steps = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
    return lambda value: reduce(lambda result, step: step(result, column, connection), steps, value)
