"""Threads that stay: for races in many rounds, each thread on one database connection throughout."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Barrier
from typing import final

from django.db import connection


def close_connection() -> None:
    """The calling thread's: `connection.close` itself would be looked up in the thread that passes it on."""
    connection.close()


@final
@dataclass(frozen=True, slots=True)
class Crew:
    pool: ThreadPoolExecutor
    barrier: Barrier

    def together[Result](self, calls: Sequence[Callable[[], Result]]) -> list[Result]:
        """Each call in a thread of its own, all begun at once; the results in the order of the calls.

        There are as many calls as threads. Which thread gets which call is left to chance.
        """

        def run(call: Callable[[], Result]) -> Result:
            self.barrier.wait()
            return call()

        return list(self.pool.map(run, calls))


@contextmanager
def crew(size: int) -> Iterator[Crew]:
    with ThreadPoolExecutor(size) as pool:
        made = Crew(pool, Barrier(size))
        try:
            yield made
        finally:
            # Connections belong to threads; one left open would keep the test database from being dropped.
            made.together([close_connection] * size)
