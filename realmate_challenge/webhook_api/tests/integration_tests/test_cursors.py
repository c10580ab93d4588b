"""Statements on the kept cursor do what they do on Django's own."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from pytest_django import DjangoAssertNumQueries

from realmate_challenge.shared.database import cursors
from realmate_challenge.shared.database.retries import drop_broken_connection

pytestmark = pytest.mark.django_db(transaction=True)

ONE = 'SELECT %s + 1'


def itself(cursor: Any) -> Any:  # noqa: ANN401 - the driver's, or Django's
    return cursor


def answer(cursor: Any) -> int:  # noqa: ANN401 - the driver's, or Django's
    (value,) = cursor.fetchone()
    return int(value)


@pytest.fixture(autouse=True)
def _connected() -> None:
    connection.ensure_connection()


def test_a_cursor_stays() -> None:
    assert cursors.run(ONE, [1], answer) == 2
    assert cursors.run(ONE, [1], itself) is cursors.run(ONE, [2], itself)
    assert cursors.run(ONE, [3], answer) == 4


def test_another_connection_has_another_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    default = connections['default']
    kept = cursors.run(ONE, [1], itself)
    another = default.get_new_connection(default.get_connection_params())
    if default.vendor == 'postgresql':
        another.autocommit = True

    # Not by `close`, which is nothing to SQLite in memory.
    monkeypatch.setattr(default, 'connection', another)

    assert cursors.run(ONE, [1], itself) is not kept
    assert cursors.run(ONE, [1], itself).connection is another
    assert cursors.run(ONE, [1], answer) == 2
    another.close()


def test_without_a_connection_one_is_made() -> None:
    connection.close()

    assert cursors.run(ONE, [1], answer) == 2


def test_who_counts_sees_it(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    kept = cursors.run(ONE, [1], itself)
    with django_assert_num_queries(1):
        assert cursors.run(ONE, [1], itself) is not kept


def test_who_wraps_sees_it() -> None:
    seen: list[str] = []

    def wrapper(execute: Any, sql: str, *rest: Any) -> Any:  # noqa: ANN401 - Django's signature
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(wrapper):
        assert cursors.run(ONE, [1], answer) == 2
    assert seen == [ONE]


def test_a_transaction_has_djangos_cursor() -> None:
    kept = cursors.run(ONE, [1], itself)
    with transaction.atomic():
        assert cursors.run(ONE, [1], itself) is not kept


def test_errors_are_djangos_and_harm_nobody_after() -> None:
    with pytest.raises(DatabaseError):
        cursors.run('SELECT * FROM no_such_table WHERE 1 = %s', [1], itself)

    assert cursors.run(ONE, [1], answer) == 2


class TestDroppingABrokenConnection:
    def test_one_that_works_stays(self) -> None:
        before = connection.connection
        connection.errors_occurred = True

        drop_broken_connection()

        assert connection.connection is before
        assert not connection.errors_occurred

    def test_one_that_does_not_is_closed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        closed: list[bool] = []
        default = connections['default']
        monkeypatch.setattr(default, 'errors_occurred', True)
        monkeypatch.setattr(default, 'is_usable', lambda: False)
        monkeypatch.setattr(default, 'close', lambda: closed.append(True))

        drop_broken_connection()

        assert closed == [True]

    def test_without_an_error_nobody_looks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections['default'], 'is_usable', lambda: pytest.fail('a round trip for nothing'))

        drop_broken_connection()
