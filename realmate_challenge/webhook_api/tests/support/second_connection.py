"""A second database connection, and a check that it waits for the first."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, final

from django.db import connection

PATIENCE: Final = 4.0
# pg_stat_activity does not change during a transaction.
BLOCKED: Final = 'SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))'


@final
class SecondConnection:
    """Run calls in a thread of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)

    def does[Result](self, call: Callable[[], Result]) -> 'Future[Result]':
        return self._pool.submit(call)

    def leave(self) -> None:
        # The lambda looks up the connection in the thread of the pool.
        self._pool.submit(lambda: connection.close()).result()  # noqa: PLW0108 - see above
        self._pool.shutdown()


def assert_waits(future: 'Future[bool]') -> None:
    """Assert that the second connection waits. On SQLite, assert only that it does not finish."""
    if connection.vendor == 'sqlite':
        time.sleep(0.3)
    else:
        deadline = time.monotonic() + PATIENCE
        while not _is_blocking():
            assert not future.done()
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert not future.done()


def _is_blocking() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(BLOCKED)
        return bool(cursor.fetchone() != (0,))
