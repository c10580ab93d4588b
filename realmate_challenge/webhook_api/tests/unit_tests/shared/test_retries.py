"""An operation is retried once, if its connection broke or its transaction conflicted with another."""

from typing import Any
from unittest.mock import Mock

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError

from realmate_challenge.shared.database import retries


def error(kind: type[DatabaseError], sqlstate: str | None = None) -> DatabaseError:
    raised = kind('oh no')
    raised.__cause__ = cause = Exception()
    cause.sqlstate = sqlstate  # type: ignore[attr-defined]  # an attribute of psycopg's errors
    return raised


BROKEN = error(OperationalError)
CONFLICT = error(OperationalError, '40001')
USABLE = {'is_usable.return_value': True}


@pytest.mark.parametrize(
    ('errors', 'connection', 'calls', 'closes'),
    [
        pytest.param([BROKEN], {}, 2, True, id='broken connection'),
        pytest.param([CONFLICT], {}, 2, False, id='serialization failure'),
        pytest.param([error(OperationalError, '40P01')], {}, 2, False, id='deadlock'),
        pytest.param([error(DatabaseError, '25006')], USABLE, 2, True, id='standby'),
        pytest.param([error(DatabaseError, '0A000')], USABLE, 2, True, id='cached plan'),
        pytest.param([error(DatabaseError, '26000')], USABLE, 2, True, id='unknown prepared statement'),
        pytest.param([error(OperationalError, '55P03')], USABLE, 1, False, id='lock timeout'),
        pytest.param([BROKEN], {'connection': None}, 1, False, id='unreachable'),
        pytest.param([error(IntegrityError, '23505')], {}, 1, False, id='wrong statement'),
        pytest.param([CONFLICT], {'in_atomic_block': True}, 1, False, id='within a transaction'),
        pytest.param([BROKEN, BROKEN], {}, 2, True, id='second failure'),
    ],
)
def test_retries(
    monkeypatch: pytest.MonkeyPatch,
    errors: list[DatabaseError],
    connection: dict[str, Any],
    calls: int,
    *,
    closes: bool,
) -> None:
    fake = Mock(**{'in_atomic_block': False, 'is_usable.return_value': False, **connection})
    monkeypatch.setattr(retries, 'connection', fake)
    operation = Mock(__name__='operation', side_effect=[*errors, 'done'])

    if calls > len(errors):
        assert retries.resilient(operation)() == 'done'
    else:
        with pytest.raises(DatabaseError):
            retries.resilient(operation)()

    assert operation.call_count == calls
    assert fake.close.called is closes
