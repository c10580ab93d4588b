"""Execute the statements of the webhook and of pages with little overhead, and close connections with their threads.

Creating a cursor for each statement, with Django's wrappers around it, costs as much CPU as the rest of sending a short
statement and reading its result.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

# PostgreSQL's code for the binary format of results, which psycopg reads with compiled code.
BINARY: Final = 1

_kept: Final = threading.local()


@cache
def needs_conversion() -> bool:
    """Return whether the database lacks types for UUIDs and times, as SQLite does."""
    return not connections['default'].features.has_native_uuid_field


def run[T](sql: str, parameters: Mapping[str, Any], read: Callable[[Any], T]) -> T:
    """Execute one statement in autocommit mode, and return what `read` reads from the cursor.

    Django's own cursor is used inside a transaction, on a new connection, and when queries are logged or wrapped.

    Raises: Django's database errors.
    """
    # `django.db.connection` would look up the connection at each access of an attribute.
    connection = connections['default']
    if needs_conversion():
        parameters = adapted(parameters)
    if (
        connection.connection is None
        or connection.in_atomic_block
        or connection.queries_logged
        or connection.execute_wrappers
    ):
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return read(cursor)
    with connection.wrap_database_errors:
        cursor = _cursor(connection)
        cursor.execute(sql, parameters)
        return read(cursor)


def adapted(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as Django's fields store them on SQLite."""
    return {name: _adapted(value) for name, value in values.items()}


def _adapted(value: object) -> object:
    if isinstance(value, UUID):
        return value.hex
    return connections['default'].ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _cursor(connection: BaseDatabaseWrapper) -> Any:  # noqa: ANN401 - the driver's
    """Return the cursor of this thread: a new one after Django has opened another connection."""
    cursor = getattr(_kept, 'cursor', None)
    if cursor is None or cursor.connection is not connection.connection:
        cursor = _kept.cursor = connection.create_cursor()
        # Only PostgreSQL has this feature. Without it (`?server_side_binding=off`), cursors refuse binary results.
        if getattr(connection.features, 'uses_server_side_binding', False):
            cursor.format = BINARY
    return cursor


class _Closer:
    """Close a driver's connection when the last reference to this object is deleted."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - the driver's
        self._connection = connection

    def __del__(self) -> None:
        self._connection.close()


def close_with_thread(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Close a new connection when its thread ends: a receiver of Django's signal `connection_created`.

    The server ends idle threads and starts new ones. Python deletes the locals of a thread when it ends, but Django's
    connection is part of a reference cycle, which the garbage collector may find much later.
    """
    setattr(_kept, connection.alias, _Closer(connection.connection))
