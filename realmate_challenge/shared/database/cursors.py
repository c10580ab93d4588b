"""Statements of the hot paths, on a cursor that each thread keeps, and the end of a thread's connection.

A new cursor for each statement, and Django's layers around it, cost about as much as all else that Python does to send
a short statement and take its answer.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, final

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

# PostgreSQL's format codes (protocol, "Formats and Format Codes").
BINARY: Final = 1

_kept: Final = threading.local()


def run[T](sql: str, parameters: Sequence[Any], take: Callable[[Any], T]) -> T:
    """Execute one statement in autocommit mode, and what `take` takes from the cursor then.

    Django's own cursor does it wherever that makes a difference: in a transaction, which a failure would break; on a
    connection yet to be made; and where somebody watches (DEBUG, tests that count queries, `execute_wrapper`).
    Raises: Django's database errors.
    """
    # The connection itself: through `django.db.connection` every attribute would be looked up by thread.
    connection = connections['default']
    if (
        connection.connection is None
        or connection.in_atomic_block
        or connection.queries_logged
        or connection.execute_wrappers
    ):
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return take(cursor)
    with connection.wrap_database_errors:
        cursor = _cursor(connection)
        cursor.execute(sql, parameters)
        return take(cursor)


def _cursor(connection: BaseDatabaseWrapper) -> Any:  # noqa: ANN401 - the driver's
    """The kept one, unless Django has made another connection since."""
    cursor = getattr(_kept, 'cursor', None)
    if cursor is None or cursor.connection is not connection.connection:
        cursor = _kept.cursor = connection.create_cursor()
        if connection.vendor == 'postgresql':
            # Answers in PostgreSQL's binary format, for which psycopg has compiled readers.
            cursor.format = BINARY
    return cursor


@final
class _Closer:
    """Close a driver's connection when the last reference to this object is gone."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - the driver's
        self._connection = connection

    def __del__(self) -> None:
        self._connection.close()


def close_with_thread(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Close a new connection when its thread ends: a receiver of Django's signal `connection_created`.

    The server ends idle threads and starts others. Python releases the locals of a thread when the thread ends, but
    Django's connection is part of a reference cycle, which the garbage collector may find much later.
    """
    setattr(_kept, connection.alias, _Closer(connection.connection))
