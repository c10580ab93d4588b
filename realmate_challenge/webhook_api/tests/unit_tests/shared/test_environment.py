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
OPTIONS: Final = {
    'django.db.backends.postgresql': {'prepare_threshold': 2, 'options': '-c a=b', 'server_side_binding': True},
    'django.db.backends.sqlite3': {'timeout': 5.0},
}


def message_of(env: Environment) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        env.seal()
    return str(caught.value)


@pytest.mark.parametrize('value', ['', '  '])
def test_an_empty_value_counts_as_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)
    env = Environment()

    assert env.bool(NAME, default=True) is True
    assert env.int(NAME, 7) == 7
    assert env.str(NAME, 'default') == 'default'
    assert env.names(NAME, 'a,b') == ['a', 'b']
    env.seal()


def test_all_wrong_values_are_named_in_one_line_and_none_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ('A_FLAG', 'A_NUMBER', 'AN_ADDRESS', 'A_URL'):
        monkeypatch.setenv(name, 'password')
    env = Environment()
    env.bool('A_FLAG', default=False)
    env.int('A_NUMBER', 1)
    env.ip('AN_ADDRESS', '127.0.0.1')
    env.database('A_URL', options=OPTIONS)
    env.str('NOT_SET')

    message = message_of(env)

    assert re.findall(r'([A-Z_]{5,}): ', message) == [
        'A_FLAG', 'A_NUMBER', 'AN_ADDRESS', 'A_URL', 'NOT_SET',
    ]  # fmt: skip
    assert 'password' not in message
    assert '\n' not in message


def test_names_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, ' x , y ,,')

    assert Environment().names(NAME, '') == ['x', 'y']


def secret_of(count: int) -> str:
    return f'whsec_{b64encode(bytes(count)).decode()}'


@pytest.mark.parametrize(
    ('scheme', 'value'),
    [('standard', f'{SECRET}, {OTHER_SECRET}'), ('standard', secret_of(25).rstrip('=')), ('hub', HUB_SECRET)],
)
def test_good_secrets(monkeypatch: pytest.MonkeyPatch, scheme: str, value: str) -> None:
    monkeypatch.setenv(NAME, value)

    assert Environment().secrets(NAME, '', scheme=scheme) == value.split(', ')


@pytest.mark.parametrize(
    ('scheme', 'value'),
    [
        ('standard', ','),
        ('hub', ' , '),
        ('standard', secret_of(23)),
        ('standard', f'{SECRET},{secret_of(23)}'),
        ('standard', SECRET.removeprefix('whsec_')),
        ('standard', f'whsec_{"!" * 40}'),
        ('standard', f'whsec_{"A" * 41}'),
        ('hub', 'é' * 11 + 'x'),
        ('hub', '\udcff' * 30),
    ],
)
def test_wrong_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch, scheme: str, value: str) -> None:
    monkeypatch.setenv(NAME, value)
    env = Environment()
    env.secrets(NAME, '', scheme=scheme)

    message = message_of(env)

    assert message in {
        'SOME_SETTING: Contains no secret.',
        'SOME_SETTING: Each secret must be at least 24 bytes; commas separate several secrets.',
        'SOME_SETTING: Each secret must be whsec_<base64> of at least 24 bytes; commas separate several secrets.',
    }


def database(monkeypatch: pytest.MonkeyPatch, url: str) -> dict[str, Any]:
    monkeypatch.setenv(NAME, url)
    env = Environment()
    config: dict[str, Any] = env.database(NAME, options=OPTIONS)
    env.seal()
    return config


@pytest.mark.parametrize(
    ('url', 'engine', 'name'),
    [
        ('sqlite:////somewhere/else.sqlite3', 'sqlite3', '/somewhere/else.sqlite3'),
        ('sqlite://:memory:', 'sqlite3', ':memory:'),
        ('postgres://user:p%5Bss@host:5433/name', 'postgresql', 'name'),
        ('postgresql://user@host/name', 'postgresql', 'name'),
    ],
)
def test_databases(monkeypatch: pytest.MonkeyPatch, url: str, engine: str, name: str) -> None:
    config = database(monkeypatch, url)

    assert (config['ENGINE'], config['NAME']) == (f'django.db.backends.{engine}', name)
    assert config['OPTIONS'] == OPTIONS[config['ENGINE']]


@pytest.mark.parametrize(
    ('url', 'key', 'value'),
    [
        ('postgres://host/name?prepare_threshold=&options=', 'prepare_threshold', None),
        ('postgres://host/name?prepare_threshold=7', 'prepare_threshold', 7),
        ('postgres://host/name?server_side_binding=off', 'server_side_binding', False),
        ('postgres://host/name?sslmode=verify-full', 'sslmode', 'verify-full'),
        ('sqlite:///file?timeout=0.5', 'timeout', 0.5),
    ],
)
def test_the_query_of_a_database_overrides_options(
    monkeypatch: pytest.MonkeyPatch, url: str, key: str, value: object
) -> None:
    assert database(monkeypatch, url)['OPTIONS'][key] == value


@pytest.mark.parametrize(
    'url',
    [
        'geheim', 'mysql://user:geheim@host/name', 'postgres://user:geheim@host:port/name', '://',
        'postgres://user:geheim@host', 'postgres://u:[geheim@h/db', 'postgres://u:[geheim]@h/db',
        'postgres://user:pass#geheim@host/name', 'postgres://host/name?prepare_threshold=geheim',
    ],
)  # fmt: skip
def test_a_wrong_database_is_not_shown(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r'^SOME_SETTING: (Must look like|Not a valid integer)') as caught:
        database(monkeypatch, url)

    assert 'geheim' not in str(caught.value)


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a function
    """Writes a `.env` file, loads it, and returns the variables that this sets."""

    def write_and_load(content: str | bytes) -> dict[str, str]:
        (tmp_path / '.env').write_bytes(content if isinstance(content, bytes) else content.encode())
        environ = {'IN_BOTH': 'environment'}
        monkeypatch.setattr(os, 'environ', environ)
        environment.load(tmp_path)
        return environ

    return write_and_load


@pytest.mark.parametrize(
    ('content', 'value'),
    [
        (b'NAME=value', 'value'),
        (b'\xef\xbb\xbfNAME=value', 'value'),
        (b'# comment\n\n  export NAME = value  # comment\r\n', 'value'),
        (b"NAME='a # b'\n", 'a # b'),
        (b'NAME=first\nNAME=value', 'value'),
        (b'NAME=\n', ''),
    ],
)
def test_assignments_of_an_env_file(read: Any, content: bytes, value: str) -> None:  # noqa: ANN401 - a function
    assert read(content)['NAME'] == value


def test_the_environment_wins_over_the_file(read: Any) -> None:  # noqa: ANN401 - a function
    assert read('IN_BOTH=file')['IN_BOTH'] == 'environment'


def test_no_env_file_is_fine(tmp_path: Path) -> None:
    environment.load(tmp_path)


@pytest.mark.parametrize(
    'line',
    [
        'NAME: secret', 'secret', 'export secret', '=secret', 'NAME-secret=secret', 'NÄME=secret', '\ufeffNAME=secret',
        'NAME="secret', 'NAME="secret\nOTHER="', 'NAME="secret" secret', 'NAME=secret\0',
    ],
    ids=repr,
)  # fmt: skip
def test_a_line_that_is_no_assignment_is_named_but_not_shown(read: Any, line: str) -> None:  # noqa: ANN401 - a function
    with pytest.raises(ImproperlyConfigured, match=r'^\.env, line 4: not an assignment NAME=value\.$'):
        read(f'FIRST=1\n\n# comment\n{line}\n')


def test_an_env_file_that_is_not_utf8_is_not_shown(read: Any) -> None:  # noqa: ANN401 - a function
    with pytest.raises(ImproperlyConfigured, match=r'^\.env cannot be read: it is not UTF-8\.$'):
        read(b'NAME=\xff')


def test_an_env_file_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / '.env').mkdir()

    with pytest.raises(ImproperlyConfigured, match=r'^\.env cannot be read: Is a directory\.$'):
        environment.load(tmp_path)


def test_a_link_to_a_missing_env_file(tmp_path: Path) -> None:
    (tmp_path / '.env').symlink_to(tmp_path / 'missing')

    with pytest.raises(ImproperlyConfigured, match=r'^\.env cannot be read: No such file or directory\.$'):
        environment.load(tmp_path)
