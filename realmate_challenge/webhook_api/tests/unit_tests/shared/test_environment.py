"""Settings from the environment and from `.env`."""

import os
import re
from base64 import b64encode
from pathlib import Path
from typing import Any, Final

import pytest
from django.core.exceptions import ImproperlyConfigured

from realmate_challenge.shared import environment
from realmate_challenge.shared.environment import Environment
from realmate_challenge.webhook_api.tests.support.signing import HUB_SECRET, OTHER_SECRET, SECRET

NAME: Final = 'SOME_SETTING'
OPTIONS: Final[dict[str, dict[str, Any]]] = {
    'django.db.backends.postgresql': {'prepare_threshold': 2, 'options': '-c a=b', 'server_side_binding': True},
    'django.db.backends.sqlite3': {'timeout': 5.0},
}


def read(kind: str, value: str, **options: object) -> Any:  # noqa: ANN401 - of any kind
    """Return the value of one setting."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(NAME, value)
        env = Environment()
        found = getattr(env, kind)(NAME, **options)
        env.seal()
    return found


def test_an_empty_value_counts_as_not_set() -> None:
    assert read('bool', '', default=True) is True
    assert read('str', '  ', default='default') == 'default'


def test_all_wrong_values_are_named_in_one_line_and_none_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ('A_FLAG', 'A_NUMBER', 'AN_ADDRESS', 'A_URL'):
        monkeypatch.setenv(name, 'geheim')
    env = Environment()
    env.bool('A_FLAG', default=False)
    env.int('A_NUMBER', 1)
    env.ip('AN_ADDRESS', '127.0.0.1')
    env.database('A_URL', options=OPTIONS)
    env.str('NOT_SET')

    with pytest.raises(ImproperlyConfigured) as caught:
        env.seal()
    message = str(caught.value)

    assert re.findall(r'([A-Z_]{5,}): ', message) == ['A_FLAG', 'A_NUMBER', 'AN_ADDRESS', 'A_URL', 'NOT_SET']
    assert 'geheim' not in message
    assert '\n' not in message


def secret_of(count: int) -> str:
    return f'whsec_{b64encode(bytes(count)).decode()}'


@pytest.mark.parametrize(
    ('scheme', 'value'),
    [('standard', f' {SECRET}, {OTHER_SECRET},'), ('standard', secret_of(25).rstrip('=')), ('hub', HUB_SECRET)],
)
def test_strong_secrets_are_accepted(scheme: str, value: str) -> None:
    assert read('secrets', value, scheme=scheme) == value.strip(' ,').split(', ')


@pytest.mark.parametrize(
    ('scheme', 'value'),
    [
        ('hub', ' , '),
        ('standard', f'{SECRET},{secret_of(23)}'),
        ('standard', SECRET.removeprefix('whsec_')),
        ('standard', f'whsec_{"!" * 40}'),
        ('hub', 'é' * 11 + 'x'),
        ('hub', '\udcff' * 30),
    ],
)
def test_weak_secrets_are_refused_and_not_shown(scheme: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        read('secrets', value, scheme=scheme)

    form = 'whsec_<base64> of at least' if scheme == 'standard' else 'at least'
    assert str(caught.value) == f'{NAME}: Each secret must be {form} 24 bytes; commas separate several secrets.'


@pytest.mark.parametrize(
    ('url', 'engine', 'name', 'changed'),
    [
        ('sqlite:////somewhere/else.sqlite3?timeout=0.5', 'sqlite3', '/somewhere/else.sqlite3', {'timeout': 0.5}),
        ('sqlite://:memory:', 'sqlite3', ':memory:', {}),
        ('postgresql://user:p%5Bss@host:5433/name', 'postgresql', 'name', {}),
        ('postgres://host/name?prepare_threshold=7', 'postgresql', 'name', {'prepare_threshold': 7}),
        ('postgres://host/name?prepare_threshold=', 'postgresql', 'name', {'prepare_threshold': None}),
        ('postgres://host/name?server_side_binding=off', 'postgresql', 'name', {'server_side_binding': False}),
        ('postgres://host/name?sslmode=verify-full', 'postgresql', 'name', {'sslmode': 'verify-full'}),
        ('postgres:///name?host=a,b&port=1,2', 'postgresql', 'name', {'host': 'a,b', 'port': '1,2'}),
        ('postgres://host/name?options=-c%20x=y', 'postgresql', 'name', {'options': '-c a=b -c x=y'}),
        ('postgres://host/name?options=', 'postgresql', 'name', {'options': None}),
    ],
)
def test_the_query_of_a_database_overrides_options(url: str, engine: str, name: str, changed: dict[str, Any]) -> None:
    config = read('database', url, options=OPTIONS)

    assert (config['ENGINE'], config['NAME']) == (f'django.db.backends.{engine}', name)
    assert config['OPTIONS'] == {**OPTIONS[config['ENGINE']], **changed}


@pytest.mark.parametrize(
    'url',
    [
        'geheim', 'mysql://user:geheim@host/name', 'postgres://user:geheim@host:port/name', '://',
        'postgres://user:geheim@host', 'postgres://u:[geheim@h/db', 'postgres://u:[geheim]@h/db',
        'postgres://user:pass#geheim@host/name', 'postgres://host/name?prepare_threshold=geheim',
        'postgres://user:geheim@host1,host2:7033/name',
    ],
)  # fmt: skip
def test_a_wrong_database_is_not_shown(url: str) -> None:
    with pytest.raises(
        ImproperlyConfigured, match=r'^SOME_SETTING: (Must be|Not a valid integer|Several hosts)'
    ) as caught:
        read('database', url, options=OPTIONS)

    assert 'geheim' not in str(caught.value)


@pytest.mark.parametrize('url', ['postgres://h/n?sslmod=geheim&pool=geheim', 'sqlite:///f?pool=geheim&sslmod=geheim'])
def test_unknown_options_of_a_database_are_named(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r'^SOME_SETTING: Unknown option: pool, sslmod\.$'):
        read('database', url, options=OPTIONS)


def load(directory: Path, content: bytes) -> dict[str, str]:
    """Write a `.env` file, and return the environment after loading it."""
    (directory / '.env').write_bytes(content)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, 'environ', {'IN_BOTH': 'environment'})
        environment.load(directory)
        return dict(os.environ)


def test_the_environment_takes_precedence_over_the_file(tmp_path: Path) -> None:
    assert load(tmp_path, b'IN_BOTH=file\nNAME=') == {'IN_BOTH': 'environment', 'NAME': ''}


@pytest.mark.parametrize(
    ('content', 'value'),
    [
        (b'\xef\xbb\xbfNAME=value', 'value'),
        (b'# comment\n\n  export NAME = value  # comment\r\n', 'value'),
        (b"NAME='a # b'\n", 'a # b'),
        (b'NAME=first\nNAME=value', 'value'),
    ],
)
def test_assignments_of_an_env_file(tmp_path: Path, content: bytes, value: str) -> None:
    assert load(tmp_path, content)['NAME'] == value


@pytest.mark.parametrize(
    'line',
    [
        'NAME: secret', 'secret', 'export secret', '=secret', 'NAME-secret=secret', 'NÄME=secret',
        'NAME="secret', 'NAME="secret\nOTHER="', 'NAME="secret" secret', 'NAME=secret\0',
    ],
    ids=repr,
)  # fmt: skip
def test_a_line_that_is_no_assignment_is_named_but_not_shown(tmp_path: Path, line: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r'^\.env, line 4: not an assignment NAME=value\.$'):
        load(tmp_path, f'FIRST=1\n\n# comment\n{line}\n'.encode())


def test_an_unreadable_env_file_stops_the_start(tmp_path: Path) -> None:
    environment.load(tmp_path)
    with pytest.raises(ImproperlyConfigured, match=r'^\.env cannot be read: it is not UTF-8\.$'):
        load(tmp_path, b'NAME=\xff')
    (tmp_path / '.env').unlink()
    (tmp_path / '.env').symlink_to(tmp_path / 'missing')
    with pytest.raises(ImproperlyConfigured, match=r'^\.env cannot be read: No such file or directory\.$'):
        environment.load(tmp_path)
