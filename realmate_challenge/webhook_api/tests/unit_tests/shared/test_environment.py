"""Settings from the environment."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from realmate_challenge.shared import environment

NAME = 'SOME_SETTING'


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Puts the test's parameter into the environment; None: leaves it out."""
    if request.param is None:
        monkeypatch.delenv(NAME, raising=False)
    else:
        monkeypatch.setenv(NAME, request.param)


def settings_and_values(*pairs: tuple[str | None, object]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(('setting', 'value'), pairs, indirect=['setting'])


def wrong_settings(*texts: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize('setting', texts, indirect=True)


@pytest.mark.usefixtures('setting')
@settings_and_values((None, 'default'), ('', 'default'), ('  ', 'default'), (' given ', 'given'))
def test_text(value: str) -> None:
    assert environment.text(NAME, 'default') == value


@pytest.mark.usefixtures('setting')
@settings_and_values(
    ('1', True), ('true', True), ('TRUE', True), ('yes', True), ('On', True),
    ('0', False), ('false', False), ('No', False), ('off', False),
)  # fmt: skip
def test_flag(*, value: bool) -> None:
    assert environment.flag(NAME, default=not value) is value


@pytest.mark.usefixtures('setting')
@pytest.mark.parametrize('setting', [None, '', ' '], indirect=True)
@pytest.mark.parametrize('default', [False, True])
def test_a_flag_that_is_not_given_has_its_default(*, default: bool) -> None:
    assert environment.flag(NAME, default=default) is default


@pytest.mark.usefixtures('setting')
@wrong_settings('maybe', '2', 'tru', 'none')
def test_a_wrong_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match=r'^SOME_SETTING must be true or false, not '):
        environment.flag(NAME, default=False)


@pytest.mark.usefixtures('setting')
@settings_and_values((None, 7), ('', 7), ('5', 5), ('4096', 4096))
def test_number(value: int) -> None:
    assert environment.number(NAME, default=7, minimum=5) == value


@pytest.mark.usefixtures('setting')
@wrong_settings('4', '-5', '5.0', '1e3', 'many', '\u0667', '²', '0x10')
def test_a_wrong_number() -> None:
    with pytest.raises(ImproperlyConfigured, match=r'^SOME_SETTING must be a whole number from 5, not '):
        environment.number(NAME, default=7, minimum=5)


@pytest.mark.usefixtures('setting')
@wrong_settings('8', '1' * 400)
def test_a_number_that_is_too_large() -> None:
    with pytest.raises(ImproperlyConfigured, match=r'^SOME_SETTING must be a whole number from 5 to 7, not '):
        environment.number(NAME, default=7, minimum=5, maximum=7)


@pytest.mark.usefixtures('setting')
@settings_and_values((None, '127.0.0.1'), ('', '127.0.0.1'), ('0.0.0.0', '0.0.0.0'), ('::1', '::1'))  # noqa: S104 - a value
def test_address(value: str) -> None:
    assert environment.address(NAME, '127.0.0.1') == value


@pytest.mark.usefixtures('setting')
@wrong_settings('localhost', '256.1.1.1', '127.0.0.1:80', '127.1')
def test_a_wrong_address() -> None:
    with pytest.raises(ImproperlyConfigured, match=r'^SOME_SETTING must be an IP address, such as 127.0.0.1'):
        environment.address(NAME, '127.0.0.1')


@pytest.mark.usefixtures('setting')
@settings_and_values((None, ['a', 'b']), ('', ['a', 'b']), ('x', ['x']), (' x , y ,,', ['x', 'y']), (',', []))
def test_names(value: list[str]) -> None:
    assert environment.names(NAME, 'a,b') == value


@pytest.mark.usefixtures('setting')
@settings_and_values((None, 'one'), ('', 'one'), ('two', 'two'))
def test_choice(value: str) -> None:
    assert environment.choice(NAME, {'one', 'two'}, 'one') == value


@pytest.mark.usefixtures('setting')
@wrong_settings('three')
def test_a_wrong_choice() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^SOME_SETTING must be one of one, two, not 'three'"):
        environment.choice(NAME, {'one', 'two'}, 'one')


@pytest.mark.usefixtures('setting')
@settings_and_values(
    (None, ('django.db.backends.sqlite3', 'default.sqlite3')),
    ('sqlite:////somewhere/else.sqlite3', ('django.db.backends.sqlite3', '/somewhere/else.sqlite3')),
    ('postgres://user:pass@host:5433/name', ('django.db.backends.postgresql', 'name')),
    ('postgresql://user@host/name', ('django.db.backends.postgresql', 'name')),
)
def test_database(value: tuple[str, str]) -> None:
    config = environment.database(NAME, 'sqlite:///default.sqlite3')

    assert (config['ENGINE'], config['NAME']) == value


@pytest.mark.usefixtures('setting')
@wrong_settings(
    'nonsense', 'mysql://user:geheim@host/name', 'postgres://user:geheim@host:port/name', 'postgres://user:geheim@host',
    'http://user:geheim@host/name', '://',
)  # fmt: skip
def test_a_wrong_database_does_not_show_its_password() -> None:
    with pytest.raises(ImproperlyConfigured, match=r'^SOME_SETTING must look like postgres://') as caught:
        environment.database(NAME, 'sqlite:///default.sqlite3')

    assert 'geheim' not in str(caught.value)


def test_given_options_win_and_take_the_type_of_their_defaults() -> None:
    given = {'timeout': '20', 'prepare_threshold': '', 'sslmode': 'require', 'connect_timeout': '9'}
    defaults = {'timeout': 5.0, 'prepare_threshold': 2, 'connect_timeout': 3, 'server_side_binding': True}

    options = environment.with_defaults(given, defaults)

    assert options == {
        'timeout': 20.0,
        'prepare_threshold': None,
        'connect_timeout': 9,
        'server_side_binding': True,
        'sslmode': 'require',
    }
    assert isinstance(options['timeout'], float)


def test_an_env_file_is_read_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / '.env').write_text('IN_THE_FILE=file\nIN_BOTH=file\nEMPTY=\n')
    monkeypatch.setenv('IN_BOTH', 'environment')
    for name in ('IN_THE_FILE', 'EMPTY'):
        # Set and removed: so that the fixture removes what the file brings.
        monkeypatch.setenv(name, '')
        monkeypatch.delenv(name)

    environment.load(tmp_path)

    assert [environment.text(name, 'none') for name in ('IN_THE_FILE', 'IN_BOTH', 'EMPTY')] == [
        'file',
        'environment',
        'none',
    ]


def test_no_env_file_is_fine(tmp_path: Path) -> None:
    environment.load(tmp_path)
