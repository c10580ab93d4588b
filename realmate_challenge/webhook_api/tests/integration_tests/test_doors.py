"""The entry points: `manage.py` for development, the server and its applications for production."""

import shutil
import socket
import subprocess
from pathlib import Path
from typing import Final

import pytest

from realmate_challenge.webhook_api.tests.support.processes import PRODUCTION, ROOT, known_settings, run

type Command = tuple[str, ...]

MANAGE: Final = ('manage.py', 'check')
SERVE: Final = ('-m', 'realmate_challenge.serve')
WSGI: Final = ('-c', 'import realmate_challenge.wsgi')
ASGI: Final = ('-c', 'import realmate_challenge.asgi')
PRINT_DEBUG: Final = (
    'manage.py',
    'shell',
    '--no-imports',
    '-c',
    'from django.conf import settings; print(settings.DEBUG)',
)
CHECK_DEPLOYMENT: Final = ('manage.py', 'check', '--deploy', '--fail-level', 'WARNING')


def complaint(finished: subprocess.CompletedProcess[str]) -> str:
    """The one line with which a process refused to start."""
    assert finished.returncode == 1, finished
    (line,) = finished.stderr.splitlines()
    assert line.startswith('Configuration error: ')
    return line


def test_the_names_of_the_settings_are_found() -> None:
    assert {'DJANGO_DEBUG', 'DATABASE_URL', 'WEBHOOK_MAX_BODY_BYTES', 'PORT'} <= known_settings()


@pytest.mark.parametrize('command', [WSGI, ASGI, SERVE], ids=['wsgi', 'asgi', 'serve'])
def test_production_does_not_start_without_a_key(command: Command) -> None:
    assert 'DJANGO_SECRET_KEY: Environment variable not set' in complaint(run(*command))


def test_production_has_debug_off() -> None:
    code = 'import realmate_challenge.wsgi; from django.conf import settings as s; print(s.DEBUG, s.API_REQUIRE_AUTH)'
    finished = run('-c', code, **PRODUCTION)

    assert (finished.returncode, finished.stdout, finished.stderr) == (0, 'False True\n', '')


@pytest.mark.parametrize(('environ', 'printed'), [({}, 'True'), ({'DJANGO_DEBUG': 'false', **PRODUCTION}, 'False')])
def test_manage_turns_debug_on_unless_it_is_set(environ: dict[str, str], printed: str) -> None:
    finished = run(*PRINT_DEBUG, **environ)

    assert (finished.stdout.strip(), finished.stderr) == (printed, '')


WRONG: Final = {
    'DJANGO_HTTPS': 'perhaps',
    'API_REQUIRE_AUTH': '2',
    'WEBHOOK_MAX_BODY_BYTES': '1MiB',
    'WEBHOOK_SIGNATURE_SCHEME': 'none',
    'WEBHOOK_SECRETS': 'geheim',
    'DATABASE_URL': 'postgres://user:[geheim@host/name',
    'LOG_LEVEL': 'loud',
}
WRONG_FOR_THE_SERVER: Final = {
    'PORT': '65536', 'WORKERS': '0', 'BLOCKING_THREADS': '-1', 'BACKLOG': '1', 'HOST': 'localhost',
}  # fmt: skip


@pytest.mark.parametrize(
    ('command', 'wrong'),
    [(MANAGE, WRONG), (WSGI, WRONG), (SERVE, WRONG), (SERVE, WRONG_FOR_THE_SERVER)],
    ids=['manage', 'wsgi', 'serve', 'serve, its own'],
)
def test_all_wrong_values_are_in_one_clear_line(command: Command, wrong: dict[str, str]) -> None:
    line = complaint(run(*command, **{**PRODUCTION, **wrong}))

    assert all(f' {name}: ' in line for name in wrong)
    assert 'geheim' not in line


@pytest.fixture(scope='module')
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project whose `.env` has a line that is not an assignment."""
    root = tmp_path_factory.mktemp('project')
    shutil.copytree(ROOT / 'realmate_challenge', root / 'realmate_challenge', ignore=shutil.ignore_patterns('tests'))
    shutil.copy(ROOT / 'manage.py', root)
    (root / '.env').write_text('LOG_LEVEL=INFO\nWEBHOOK_SECRETS: geheim\n')
    return root


@pytest.mark.parametrize('command', [MANAGE, SERVE, WSGI, ASGI], ids=['manage', 'serve', 'wsgi', 'asgi'])
def test_a_wrong_line_of_the_env_file_stops_every_entry_point(copy: Path, command: Command) -> None:
    line = complaint(run(*command, root=str(copy), **PRODUCTION))

    assert line == 'Configuration error: .env, line 2: not an assignment NAME=value.'


@pytest.mark.parametrize('command', [WSGI, ASGI], ids=['wsgi', 'asgi'])
def test_secrets_leave_the_environment(command: Command) -> None:
    finished = run('-c', f'{command[1]}; import os; print(dict(os.environ))', **PRODUCTION)

    assert finished.returncode == 0
    for secret in (PRODUCTION['DJANGO_SECRET_KEY'], PRODUCTION['WEBHOOK_SECRETS'], 'sqlite:'):
        assert secret not in finished.stdout


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]

        line = complaint(run(*SERVE, **PRODUCTION, PORT=str(port)))

    assert f'cannot listen on 127.0.0.1, port {port}: Address already in use' in line


@pytest.mark.parametrize('https', ['true', 'false'])
def test_checks_for_deployment_find_nothing(https: str) -> None:
    """Plain HTTP by decision, and HSTS without `preload`, are no findings."""
    finished = run(*CHECK_DEPLOYMENT, DJANGO_DEBUG='false', DJANGO_HTTPS=https, **PRODUCTION)

    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == ''


def test_checks_for_deployment_say_that_events_are_not_signed() -> None:
    finished = run(*CHECK_DEPLOYMENT, DJANGO_DEBUG='false', **{**PRODUCTION, 'WEBHOOK_SECRETS': ''})

    assert finished.returncode == 1
    assert 'WEBHOOK_SECRETS is not set' in finished.stderr


def test_migrations_say_all_that_the_models_say() -> None:
    finished = run('manage.py', 'makemigrations', '--check', '--dry-run')

    assert (finished.returncode, finished.stdout) == (0, 'No changes detected\n'), finished


@pytest.mark.parametrize(
    ('environ', 'warnings'),
    [
        ({'HOST': '0.0.0.0', 'DJANGO_HTTPS': 'false'}, 1),  # noqa: S104 - the address that it warns of
        ({'HOST': '::', 'DJANGO_HTTPS': 'false'}, 1),
        ({'HOST': '0.0.0.0'}, 0),  # noqa: S104 - behind a proxy
        ({'HOST': '127.0.0.1', 'DJANGO_HTTPS': 'false'}, 0),
    ],
)
def test_plain_http_on_a_public_address_is_one_warning(environ: dict[str, str], warnings: int) -> None:
    with socket.create_server(('127.0.0.1', 0)) as probe:
        port = str(probe.getsockname()[1])

    code = 'from realmate_challenge import serve; serve._serve = print; serve.main()'
    finished = run('-c', code, **PRODUCTION, PORT=port, **environ)

    assert finished.returncode == 0, finished.stderr
    assert finished.stderr.count('travel unencrypted') == warnings
