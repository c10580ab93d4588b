"""Whether this process can do its work: the database answers, and every migration is applied."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Final, final

from django.db import Error, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

TIMEOUT_SECONDS: Final = 2.0


@final
class TimedQuestion[Answer]:
    """Asked in a thread of its own, with its own connection, so that a database that hangs cannot hang the asker."""

    def __init__(self, ask: Callable[[], Answer]) -> None:
        self._ask = ask
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix='health')
        self._pending: Future[Answer] | None = None

    def __call__(self) -> Answer:
        """Raises: TimeoutError, after `TIMEOUT_SECONDS`; whatever asking raises."""
        # A question that still hangs is not asked again: the answer to it will do.
        pending = self._pending
        if pending is None or pending.done():
            pending = self._pending = self._thread.submit(self._ask)
        return pending.result(timeout=TIMEOUT_SECONDS)


@final
class ReadinessProbe:
    def __init__(self) -> None:
        self._question = TimedQuestion(self._ask)
        self._is_migrated = False

    def problem(self) -> str | None:
        """What is wrong, or None. Within `TIMEOUT_SECONDS`, whatever the database does."""
        try:
            return self._question()
        except FutureTimeoutError:
            return 'The database does not answer.'

    def _ask(self) -> str | None:
        try:
            _select_one()
            # A "yes" is for good while this process lives: reading the migrations takes too long for every probe.
            self._is_migrated = self._is_migrated or _is_migrated()
        except Error:
            return 'The database cannot be reached.'
        finally:
            # The thread is idle until the next probe, and its connection may break meanwhile.
            connection.close()
        return None if self._is_migrated else 'Migrations are missing.'


def _select_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute('SELECT 1')


def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _answer_once() -> None:
    try:
        _select_one()
    finally:
        connection.close()


_answering: Final = TimedQuestion(_answer_once)


def require_answer() -> None:
    """Before a question that may wait for its answer: raises OperationalError, if the database hangs."""
    try:
        _answering()
    except FutureTimeoutError as error:
        message = 'The database does not answer.'
        raise OperationalError(message) from error
