import logging
from collections.abc import Callable
from functools import wraps
from typing import Final

from django.db import Error, InterfaceError, OperationalError, connection, connections

from realmate_challenge.shared.observability import metrics

logger: Final = logging.getLogger(__name__)

# SQLSTATEs of serialization failures and deadlocks (PostgreSQL, appendix A): the transaction may be run again.
CONFLICTS: Final = frozenset({'40001', '40P01'})
# A primary that became a standby: the connection must be made again, to the new primary.
READ_ONLY: Final = '25006'


def sqlstate(error: BaseException) -> str | None:
    return getattr(error.__cause__, 'sqlstate', None)


def is_unavailability(error: Exception) -> bool:
    """Return whether the database caused the error, not the statement: unreachable, locked, full or read-only."""
    return isinstance(error, OperationalError | InterfaceError) or sqlstate(error) == READ_ONLY


def drop_broken_connection() -> None:
    """After a request: close this thread's connection if it failed and cannot be used any more.

    Django's `close_old_connections` does the same for more cases and costs more.
    """
    default = connections['default']
    if default.errors_occurred:
        if default.connection is None or default.is_usable():
            default.errors_occurred = False
        else:
            default.close()


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
            logger.warning('Trying again after a database error: %s', error)
        return operation(*args, **kwargs)

    return run


def _can_retry(error: Error) -> bool:
    """Close a broken connection; the next statement opens another."""
    if sqlstate(error) in CONFLICTS:
        return True
    was_connected = connection.connection is not None
    if was_connected and is_unavailability(error) and (sqlstate(error) == READ_ONLY or not connection.is_usable()):
        connection.close()
        return True
    return False
