"""A second database connection, and a check that it waits for the test's own transaction."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from django.db import connection

TIMEOUT_SECONDS: Final = 4.0
# Within a transaction pg_stat_activity always shows its first snapshot; pg_locks does not.
BLOCKED: Final = 'SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))'


class SecondConnection:
    """Runs calls in a thread with a connection of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)

    def start[Result](self, call: Callable[[], Result]) -> 'Future[Result]':
        return self._pool.submit(call)

    def close(self) -> None:
        # Not `connection.close`: this thread would look up its own connection.
        self._pool.submit(lambda: connection.close()).result()  # noqa: PLW0108 - see above
        self._pool.shutdown()


def assert_waits(future: 'Future[object]') -> None:
    """Assert that a call waits for this thread's transaction. SQLite can only show that the call does not end."""
    if connection.vendor == 'sqlite':
        time.sleep(0.15)
    else:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not _is_blocking():
            assert not future.done()
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert not future.done()


def _is_blocking() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(BLOCKED)
        return bool(cursor.fetchone() != (0,))
