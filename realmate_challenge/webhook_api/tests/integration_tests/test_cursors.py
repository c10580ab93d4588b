"""Statements on the kept cursor behave as on Django's own cursor."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from pytest_django import DjangoAssertNumQueries

from realmate_challenge.shared.database import cursors
from realmate_challenge.shared.database.retries import drop_broken_connection

pytestmark = pytest.mark.django_db(transaction=True)


def run(number: int = 1) -> tuple[int, Any]:
    """Return a result and the cursor it came from."""
    return cursors.run('SELECT %(number)s + 1', {'number': number}, lambda cursor: (cursor.fetchone()[0], cursor))


@pytest.fixture(autouse=True)
def _connected() -> None:
    connection.ensure_connection()


def test_the_cursor_is_kept() -> None:
    (first, cursor), (second, same_cursor) = run(1), run(2)

    assert (first, second) == (2, 3)
    assert same_cursor is cursor
    assert connection.vendor == 'sqlite' or cursor.format == cursors.BINARY


def test_another_connection_has_another_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    default = connections['default']
    _, kept = run()
    another = default.get_new_connection(default.get_connection_params())
    if default.vendor == 'postgresql':
        another.autocommit = True
    monkeypatch.setattr(default, 'connection', another)

    result, cursor = run()

    assert result == 2
    assert cursor is not kept
    assert cursor.connection is another
    another.close()


def test_without_a_connection_one_is_opened() -> None:
    connection.close()

    assert run()[0] == 2


def test_logged_queries_wrappers_and_transactions_use_djangos_cursor(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    _, kept = run()
    wrapped: list[str] = []

    def wrapper(execute: Any, sql: str, *rest: Any) -> Any:  # noqa: ANN401 - Django's signature
        wrapped.append(sql)
        return execute(sql, *rest)

    with django_assert_num_queries(1):
        assert run()[1] is not kept
    with connection.execute_wrapper(wrapper):
        assert run()[1] is not kept
    with transaction.atomic():
        assert run()[1] is not kept
    assert len(wrapped) == 1


def test_an_error_is_djangos_and_the_next_statement_succeeds() -> None:
    with pytest.raises(DatabaseError):
        cursors.run('SELECT * FROM no_such_table WHERE 1 = %(one)s', {'one': 1}, lambda cursor: cursor)

    assert run()[0] == 2


@pytest.mark.parametrize('has_failed', [False, True])
def test_a_connection_is_closed_after_an_error(monkeypatch: pytest.MonkeyPatch, *, has_failed: bool) -> None:
    closed: list[bool] = []
    default = connections['default']
    monkeypatch.setattr(default, 'errors_occurred', has_failed)
    monkeypatch.setattr(default, 'close', lambda: closed.append(True))

    drop_broken_connection()

    assert closed == [True] * has_failed
