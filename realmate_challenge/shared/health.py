"""Whether this process can do its work: the database answers, and every migration is applied."""

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Final, final

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from realmate_challenge.shared.database import resilient

TIMEOUT_SECONDS: Final = 2.0


@final
class ReadinessProbe:
    """Asks in a thread of its own, with its own connection, so that a database that hangs cannot hang the answer."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix='readiness')
        self._pending: Future[str | None] | None = None
        self._is_migrated = False

    def problem(self) -> str | None:
        """What is wrong, or None. Within `TIMEOUT_SECONDS`, whatever the database does."""
        # A question that still hangs is not asked again: the answer to it will do.
        if self._pending is None or self._pending.done():
            self._pending = self._thread.submit(self._ask)
        try:
            return self._pending.result(timeout=TIMEOUT_SECONDS)
        except FutureTimeoutError:
            return 'The database does not answer.'

    def _ask(self) -> str | None:
        try:
            _select_one()
            # A "yes" is for good while this process lives: reading the migrations takes too long for every probe.
            self._is_migrated = self._is_migrated or _is_migrated()
        except Error:
            return 'The database cannot be reached.'
        return None if self._is_migrated else 'Migrations are missing.'


@resilient
def _select_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute('SELECT 1')


def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
