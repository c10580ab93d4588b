from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

TIMEOUT_SECONDS: Final = 2.0


class ReadinessProbe:
    """Query the database in a thread and on a connection of its own, so that a hanging database blocks no caller."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix='health')
        self._pending: Future[str | None] | None = None
        self._is_migrated = False

    def problem(self) -> str | None:
        """Return why the process is not ready, or None, after at most `TIMEOUT_SECONDS`."""
        pending = self._pending
        # A query that still hangs is not repeated; its result is used.
        if pending is None or pending.done():
            pending = self._pending = self._executor.submit(self._query)
        try:
            return pending.result(TIMEOUT_SECONDS)
        except TimeoutError:
            return 'The database does not answer.'

    def _query(self) -> str | None:
        try:
            with connection.cursor() as cursor:
                cursor.execute('SELECT 1')
            # Applied migrations stay applied, and reading them takes too long for every probe.
            if not self._is_migrated:
                executor = MigrationExecutor(connection)
                self._is_migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except Error:
            return 'The database cannot be reached.'
        finally:
            # The thread is idle until the next probe, and the connection may break meanwhile.
            connection.close()
        return None if self._is_migrated else 'Migrations are missing.'


readiness: Final = ReadinessProbe()
