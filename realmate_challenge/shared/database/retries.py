"""What to do when the database goes away, or two transactions get in each other's way."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Final

from django.db import DatabaseError, Error, InterfaceError, OperationalError, connection, connections

from realmate_challenge.shared.observability import metrics

logger: Final = logging.getLogger(__name__)

# SQLSTATEs (PostgreSQL, appendix A) of transactions that may simply be run again.
CONFLICTS: Final = frozenset({'40001', '40P01'})
# A primary that became a standby: the connection must go elsewhere, and the client come back.
READ_ONLY: Final = '25006'


def sqlstate(error: BaseException) -> str | None:
    return getattr(error.__cause__, 'sqlstate', None)


def is_unavailability(error: Exception) -> bool:
    """Whether the database, not the statement, is to blame: unreachable, locked, out of resources, read-only."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    return isinstance(error, DatabaseError) and sqlstate(error) == READ_ONLY


def drop_broken_connection() -> None:
    """After a request: close this thread's connection if it failed and is of no use any more.

    For connections that are kept for good, and for much less, what Django's `close_old_connections` does.
    """
    default = connections['default']
    if default.errors_occurred:
        if default.connection is None or default.is_usable():
            default.errors_occurred = False
        else:
            default.close()


def resilient[**P, R](operation: Callable[P, R]) -> Callable[P, R]:
    """Run an idempotent operation once more if its connection broke, or if the database asks for that.

    Unseen by the caller when the second try succeeds. What fails twice, and a lock that was waited for in vain, is
    raised: the caller's client has to come back.
    """

    @wraps(operation)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return operation(*args, **kwargs)
        except Error as error:
            if connection.in_atomic_block or not _is_worth_another_try(error):
                raise
            metrics.RETRIED.inc()
            logger.warning('Trying again after a database error: %s', error)
        return operation(*args, **kwargs)

    return run


def _is_worth_another_try(error: Error) -> bool:
    """Drops the connection if it is broken; the next statement opens another."""
    if sqlstate(error) in CONFLICTS:
        return True
    was_connected = connection.connection is not None
    if was_connected and is_unavailability(error) and (sqlstate(error) == READ_ONLY or not connection.is_usable()):
        connection.close()
        return True
    return False
