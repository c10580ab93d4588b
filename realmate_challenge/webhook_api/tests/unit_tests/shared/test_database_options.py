"""Options in DATABASE_URL, as an operator writes them."""

from typing import Any, Final

import pytest
from django.core.exceptions import ImproperlyConfigured

from realmate_challenge.shared import environment

DEFAULTS: Final = {'prepare_threshold': 2, 'timeout': 5.0, 'options': '-c lock_timeout=5s', 'server_side_binding': True}


def options(monkeypatch: pytest.MonkeyPatch, query: str) -> dict[str, Any]:
    monkeypatch.setenv('DATABASE_URL', f'postgres://user:secret@host:5432/name{query}')
    return environment.with_defaults(environment.database('DATABASE_URL', '')['OPTIONS'], DEFAULTS)


def test_defaults_stand_where_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert options(monkeypatch, '') == DEFAULTS


@pytest.mark.parametrize(
    ('query', 'key', 'value'),
    [
        ('?prepare_threshold=', 'prepare_threshold', None),
        ('?prepare_threshold=&options=', 'options', None),
        ('?prepare_threshold=7', 'prepare_threshold', 7),
        ('?timeout=3', 'timeout', 3.0),
        ('?sslmode=verify-full', 'sslmode', 'verify-full'),
        ('?server_side_binding=false', 'server_side_binding', False),
    ],
)
def test_an_option_wins_over_its_default(monkeypatch: pytest.MonkeyPatch, query: str, key: str, value: object) -> None:
    assert options(monkeypatch, query)[key] == value


def test_a_wrong_number_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="prepare_threshold of the database must be a number, not 'many'"):
        options(monkeypatch, '?prepare_threshold=many')
