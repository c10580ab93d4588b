import logging
from collections.abc import Callable
from functools import cache, wraps
from typing import Final

from django.db import Error, InterfaceError, OperationalError, connection, connections

from realmate_challenge.shared.observability import metrics

logger: Final = logging.getLogger(__name__)

# SQLSTATEs of serialization failures and deadlocks (PostgreSQL, appendix A): the transaction may be run again.
CONFLICTS: Final = frozenset({'40001', '40P01'})
READ_ONLY: Final = '25006'
# An unknown and a repeated prepared statement: PgBouncer gave the transaction another connection.
PREPARED: Final = frozenset({'26000', '42P05'})
# The operation may succeed on a new connection: to the new primary, or without prepared statements. 0A000: "cached plan
# must not change result type", because the type of a column has changed.
STALE: Final = frozenset({READ_ONLY, '0A000', *PREPARED})
# SQLSTATEs that Django does not report as an OperationalError. 25P03 and 25P04: timeouts of the transaction.
UNAVAILABLE: Final = frozenset({READ_ONLY, '25P03', '25P04', *PREPARED})


def sqlstate(error: BaseException) -> str | None:
    return getattr(error.__cause__, 'sqlstate', None)


def is_unavailability(error: Exception) -> bool:
    """Return whether the database caused the error, not the statement: unreachable, locked, full or read-only."""
    return isinstance(error, OperationalError | InterfaceError) or sqlstate(error) in UNAVAILABLE


def drop_broken_connection() -> None:
    """After a request: close this thread's connection if a statement failed, because it may be broken or out of date.

    Django's `close_old_connections` does the same for more cases and costs more.
    """
    if connections['default'].errors_occurred:
        connections['default'].close()


def resilient[**P, R](operation: Callable[P, R]) -> Callable[P, R]:
    """Retry an idempotent operation once, if its connection broke or its transaction conflicted with another.

    The second error is raised, and so is a lock timeout: the client has to retry.
    """

    @wraps(operation)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return operation(*args, **kwargs)
        except Error as error:
            if connection.in_atomic_block or not _can_retry(error):
                raise
            metrics.RETRIED.inc()
            first_error = error
        result = operation(*args, **kwargs)
        logger.warning('The second try succeeded, after a database error: %s', first_error)
        return result

    return run


def _can_retry(error: Error) -> bool:
    """Close a broken connection; the next statement opens another."""
    if sqlstate(error) in CONFLICTS:
        return True
    if sqlstate(error) in PREPARED:
        _explain_prepared_statements()
    was_connected = connection.connection is not None
    is_stale = sqlstate(error) in STALE or (is_unavailability(error) and not connection.is_usable())
    if was_connected and is_stale:
        connection.close()
    return was_connected and is_stale


@cache
def _explain_prepared_statements() -> None:
    """Log the remedy once for each process."""
    logger.error('Prepared statements fail behind PgBouncer. See "PgBouncer" in docs/operations.md: prepare_threshold.')
