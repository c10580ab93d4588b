from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from django.core import checks
from django.db import Error, InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

TIMEOUT_SECONDS: Final = 2.0
# Only migrations write to the tables that are named here.
MISSING_RIGHT: Final = """
    SELECT 'permission denied for table ' || min(name || ': ' || needed || ' is not granted.')
    FROM unnest(%s::text[]) name, unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) needed
    WHERE NOT has_table_privilege(name, needed)
    AND (needed = 'SELECT' OR name NOT IN ('django_migrations', 'django_content_type', 'auth_permission'))"""


def database_problem() -> str | None:
    """Return why the service cannot work with the database that it is connected to, or None. Raises: Error."""
    with connection.cursor() as cursor:
        if connection.vendor != 'postgresql':
            cursor.execute('SELECT 1')
            return None
        cursor.execute("SELECT current_setting('server_encoding'), current_setting('transaction_read_only')")
        ((encoding, read_only),) = cursor.fetchall()
    if encoding != 'UTF8':
        return f"The encoding of the database is {encoding}: create it with ENCODING 'UTF8'."
    return 'The database is read-only.' if read_only == 'on' else None


def missing_right() -> str | None:
    """Return a right that the user of a PostgreSQL database lacks on a table, or None. Raises: Error."""
    with connection.cursor() as cursor:
        cursor.execute(MISSING_RIGHT, [['django_migrations', *connection.introspection.django_table_names()]])
        return cursor.fetchone()[0]  # type: ignore[no-any-return]  # a text or NULL


@checks.register(checks.Tags.database)
def check_database(databases: Collection[str] | None = None, **_: object) -> list[checks.CheckMessage]:
    """Fail before the first migration of a database that cannot be used."""
    problem = database_problem() if databases else None
    return [checks.Error(problem, id='webhook_api.E001')] if problem else []


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
            if problem := database_problem():
                return problem
            # Applied migrations stay applied, and reading them takes too long for every probe.
            if not self._is_migrated:
                executor = MigrationExecutor(connection)
                self._is_migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
            if not self._is_migrated:
                return 'Migrations are missing.'
            return missing_right() if connection.vendor == 'postgresql' else None
        except Error as error:
            what = 'cannot be reached' if isinstance(error, InterfaceError | OperationalError) else 'refuses a query'
            return f'The database {what}: {str(error).partition("\n")[0]}'
        finally:
            # The thread is idle until the next probe, and the connection may break meanwhile.
            connection.close()


readiness: Final = ReadinessProbe()
