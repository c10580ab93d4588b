"""An operation is retried once, if its connection broke or its transaction conflicted with another."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError

from realmate_challenge.shared.database import retries


class FakeConnection(SimpleNamespace):
    """A broken connection in autocommit mode."""

    in_atomic_block = False
    connection: object | None = object()
    usable = False
    closed = False

    def is_usable(self) -> bool:
        return self.usable

    def close(self) -> None:
        self.closed = True


def attempts(connection: FakeConnection, monkeypatch: pytest.MonkeyPatch, *errors: DatabaseError) -> int:
    """Return how often an operation was called that raises these errors and then succeeds; 0 if it raised."""
    monkeypatch.setattr(retries, 'connection', connection)
    calls, left = [], list(errors)

    @retries.resilient
    def operation() -> None:
        calls.append(1)
        if left:
            raise left.pop(0)

    try:
        operation()
    except DatabaseError:
        return 0
    return len(calls)


def error(kind: type[DatabaseError], sqlstate: str | None = None) -> DatabaseError:
    raised = kind('oh no')
    raised.__cause__ = cause = Exception()
    cause.sqlstate = sqlstate  # type: ignore[attr-defined]  # an attribute of psycopg's errors
    return raised


@pytest.mark.parametrize(
    ('failure', 'state', 'closes'),
    [
        (error(OperationalError), {}, True),
        (error(OperationalError, '40001'), {}, False),
        (error(OperationalError, '40P01'), {}, False),
        (error(DatabaseError, '25006'), {'usable': True}, True),
    ],
    ids=['broken connection', 'serialization failure', 'deadlock', 'standby'],
)
def test_a_retry_closes_a_useless_connection(
    monkeypatch: pytest.MonkeyPatch, failure: DatabaseError, state: dict[str, Any], *, closes: bool
) -> None:
    connection = FakeConnection(**state)

    assert attempts(connection, monkeypatch, failure) == 2
    assert connection.closed is closes


@pytest.mark.parametrize(
    ('failures', 'state'),
    [
        ([error(OperationalError, '55P03')], {'usable': True}),
        ([error(OperationalError)], {'connection': None}),
        ([error(IntegrityError, '23505')], {}),
        ([error(OperationalError), error(OperationalError)], {}),
        ([error(OperationalError, '40001')], {'in_atomic_block': True}),
    ],
    ids=['lock timeout', 'unreachable', 'wrong statement', 'second failure', 'within a transaction'],
)
def test_other_errors_are_raised(
    monkeypatch: pytest.MonkeyPatch, failures: list[DatabaseError], state: dict[str, Any]
) -> None:
    assert attempts(FakeConnection(**state), monkeypatch, *failures) == 0
