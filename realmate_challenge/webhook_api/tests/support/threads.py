"""Doing things at the same time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection


def run_together[Result](calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """Each call in a thread of its own, all begun at once; the results in the order of the calls."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Result]) -> Result:
        start.wait()
        try:
            return call()
        finally:
            # Connections belong to threads; one left open would keep the test database from being dropped.
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
