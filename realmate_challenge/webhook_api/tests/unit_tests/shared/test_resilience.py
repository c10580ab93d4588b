"""An operation is tried again when its connection broke or the database asks for that, and then only once."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError

from realmate_challenge.shared.database import retries as database
from realmate_challenge.shared.database.retries import resilient


class FakeConnection(SimpleNamespace):
    """In autocommit mode, and as usable as it is told."""

    in_atomic_block = False
    connection: object | None = object()
    usable = False
    closed = False

    def is_usable(self) -> bool:
        return self.usable

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> FakeConnection:
    fake = FakeConnection()
    monkeypatch.setattr(database, 'connection', fake)
    return fake


def failing(*errors: Exception) -> Callable[[], str]:
    """An operation that fails so, each time with the next error, and then succeeds."""
    left = list(errors)

    @resilient
    def operation() -> str:
        if left:
            raise left.pop(0)
        return 'done'

    return operation


def error(kind: type[DatabaseError], sqlstate: str | None = None) -> DatabaseError:
    raised = kind('oh no')
    raised.__cause__ = cause = Exception()
    cause.sqlstate = sqlstate  # type: ignore[attr-defined]  # as psycopg's errors have it
    return raised


def test_a_broken_connection_is_replaced(connection: FakeConnection) -> None:
    assert failing(error(OperationalError))() == 'done'
    assert connection.closed


@pytest.mark.parametrize('sqlstate', ['40001', '40P01'])
def test_a_conflict_needs_no_other_connection(connection: FakeConnection, sqlstate: str) -> None:
    assert failing(error(OperationalError, sqlstate))() == 'done'
    assert not connection.closed


def test_a_standby_is_left(connection: FakeConnection) -> None:
    connection.usable = True

    assert failing(error(DatabaseError, '25006'))() == 'done'
    assert connection.closed


def test_a_wait_for_a_lock_is_not_repeated(connection: FakeConnection) -> None:
    connection.usable = True

    with pytest.raises(OperationalError):
        failing(error(OperationalError, '55P03'))()
    assert not connection.closed


def test_what_could_not_be_reached_is_not_asked_again(connection: FakeConnection) -> None:
    connection.connection = None

    with pytest.raises(OperationalError):
        failing(error(OperationalError))()


@pytest.mark.usefixtures('connection')
def test_a_wrong_statement_stays_wrong() -> None:
    with pytest.raises(IntegrityError):
        failing(error(IntegrityError, '23505'))()


@pytest.mark.usefixtures('connection')
def test_the_second_failure_is_raised() -> None:
    with pytest.raises(OperationalError):
        failing(error(OperationalError), error(OperationalError))()


def test_a_transaction_is_its_owners_affair(connection: FakeConnection) -> None:
    connection.in_atomic_block = True

    with pytest.raises(OperationalError):
        failing(error(OperationalError, '40001'))()
