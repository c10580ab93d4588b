import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Final

from django.db import connection

from realmate_challenge.webhook_api.repositories.group_commit import GroupCommit

TIMEOUT_SECONDS: Final = 10.0


def run_together[Result](calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """Start each call in its own thread at the same time, and return the results in the order of the calls."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Result]) -> Result:
        start.wait()
        try:
            return call()
        finally:
            # An open connection would prevent the deletion of the test database.
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def wait_for_queue(group_commit: GroupCommit, length: int = 0) -> None:
    """Wait until a write is under way, and `length` messages wait for its end."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not group_commit.is_writing or len(group_commit.queue) < length:
        assert time.monotonic() < deadline
        time.sleep(0.001)
