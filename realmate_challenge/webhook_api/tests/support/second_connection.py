"""A database connection beside that of the test, and a look at whether it waits."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, final

from django.db import connection

from realmate_challenge.webhook_api.tests.support.crew import close_connection

PATIENCE: Final = 4.0
# Not pg_stat_activity, which within a transaction always looks as at first.
BLOCKED: Final = 'SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))'


@final
class SecondConnection:
    """In a thread of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)

    def does[Result](self, call: Callable[[], Result]) -> 'Future[Result]':
        return self._pool.submit(call)

    def leave(self) -> None:
        self._pool.submit(close_connection).result()
        self._pool.shutdown()


def assert_waits(future: 'Future[bool]') -> None:
    """For this thread's transaction; PostgreSQL says so itself, on SQLite it can only be seen not to end."""
    if connection.vendor == 'sqlite':
        time.sleep(0.3)
    else:
        deadline = time.monotonic() + PATIENCE
        while not is_in_the_way():
            assert not future.done()
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert not future.done()


def is_in_the_way() -> bool:
    """Whether another connection waits for this one."""
    with connection.cursor() as cursor:
        cursor.execute(BLOCKED)
        return bool(cursor.fetchone() != (0,))
