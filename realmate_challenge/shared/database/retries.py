"""Retries after lost connections and conflicting transactions."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Final

from django.db import DatabaseError, Error, InterfaceError, OperationalError, connection, connections

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
    if isinstance(error, OperationalError | InterfaceError):
        return True
    return isinstance(error, DatabaseError) and sqlstate(error) == READ_ONLY


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
            if not _can_retry(error):
                raise
            metrics.RETRIED.inc()
            logger.warning('Trying again after a database error: %s', error)
        return operation(*args, **kwargs)

    return run


def _can_retry(error: Error) -> bool:
    """Close a broken connection; the next statement opens another."""
    state = sqlstate(error)
    if connection.in_atomic_block:
        return False
    if state in CONFLICTS:
        return True
    if connection.connection is None or not is_unavailability(error):
        return False
    if state != READ_ONLY and connection.is_usable():
        return False
    connection.close()
    return True
