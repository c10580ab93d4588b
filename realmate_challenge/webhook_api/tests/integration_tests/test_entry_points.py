"""The entry points: `manage.py` for development, the server and its applications for production."""

import os
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from benchmarks.server import reserve_port
from realmate_challenge import serve
from realmate_challenge.webhook_api.tests.support.clients import Client, wait_for
from realmate_challenge.webhook_api.tests.support.processes import PRODUCTION, ROOT, environment_with, run

type Command = tuple[str, ...]

MANAGE: Final = ('manage.py', 'check')
SERVE: Final = ('-m', 'realmate_challenge.serve')
WSGI: Final = ('-c', 'import realmate_challenge.wsgi')
ASGI: Final = ('-c', 'import realmate_challenge.asgi')
SHELL: Final = ('manage.py', 'shell', '--no-imports', '-c')
PRINT: Final = 'from django.conf import settings; print(settings.DEBUG, settings.API_REQUIRE_AUTH)'
CHECK_DEPLOYMENT: Final = ('manage.py', 'check', '--deploy', '--fail-level', 'WARNING')
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
    'PORT': '65536', 'WORKERS': '0', 'BLOCKING_THREADS': '-1', 'PIN_THREADS': '2', 'BACKLOG': '1', 'HOST': 'localhost',
}  # fmt: skip


def error_line(finished: subprocess.CompletedProcess[str], beginning: str = 'Configuration error: ') -> str:
    """Return the only line of a process that failed."""
    assert (finished.returncode, finished.stdout) == (1, ''), finished
    (line,) = finished.stderr.splitlines()
    assert line.startswith(beginning)
    return line.removeprefix(beginning)


@pytest.mark.parametrize(
    ('content', 'environ', 'printed'),
    [
        ('DJANGO_SECRET_KEY=key\n', {}, 'False True'),
        ('\ufeffDJANGO_SECRET_KEY=key\nAPI_REQUIRE_AUTH=false\n', {}, 'False False'),
        ('DJANGO_SECRET_KEY=key\nDJANGO_DEBUG=true\n', {}, 'True False'),
        ('LOG_LEVEL=INFO\n', {}, 'True False'),
        ('LOG_LEVEL=INFO\n', {'DJANGO_SECRET_KEY': 'key'}, 'True False'),
    ],
)
def test_a_file_with_a_key_is_for_production(
    tmp_path: Path, content: str, environ: dict[str, str], printed: str
) -> None:
    shutil.copy(ROOT / 'manage.py', tmp_path)
    (tmp_path / '.env').write_text(content)
    known = {'PATH': os.environ['PATH'], 'PYTHONPATH': str(ROOT), **environ}
    command = [sys.executable, *SHELL, PRINT]
    done = subprocess.run(command, cwd=tmp_path, env=known, capture_output=True, text=True, check=True)  # noqa: S603 - fixed
    assert done.stdout.strip() == printed


@pytest.mark.parametrize('command', [WSGI, ASGI, SERVE], ids=['wsgi', 'asgi', 'serve'])
def test_production_does_not_start_without_a_key(command: Command) -> None:
    assert error_line(run(*command)) == 'DJANGO_SECRET_KEY: Environment variable not set.'


@pytest.mark.parametrize(
    ('command', 'environ', 'printed'),
    [
        (('-c', f'{WSGI[1]}; {PRINT}'), PRODUCTION, 'False True'),
        ((*SHELL, PRINT), {}, 'True False'),
        ((*SHELL, PRINT), {'DJANGO_DEBUG': 'false', **PRODUCTION}, 'False True'),
    ],
    ids=['wsgi', 'manage', 'manage with DJANGO_DEBUG'],
)
def test_only_manage_turns_debug_on_by_default(command: Command, environ: dict[str, str], printed: str) -> None:
    finished = run(*command, **environ)

    assert (finished.stdout.strip(), finished.stderr) == (printed, '')


@pytest.mark.parametrize(
    ('command', 'wrong'),
    [(WSGI, WRONG), (SERVE, WRONG_FOR_THE_SERVER)],
    ids=['wsgi', 'serve'],
)
def test_all_wrong_values_are_in_one_line(command: Command, wrong: dict[str, str]) -> None:
    line = error_line(run(*command, **{**PRODUCTION, **wrong}))

    assert all(f'{name}: ' in line for name in wrong)
    assert 'geheim' not in line


def test_secrets_leave_the_environment_of_asgi() -> None:
    finished = run('-c', f'{ASGI[1]}; import os; print(*os.environ, sep="\\n")', **PRODUCTION)

    assert finished.returncode == 0
    assert not {'DJANGO_SECRET_KEY', 'WEBHOOK_SECRETS', 'DATABASE_URL'} & set(finished.stdout.splitlines())


@pytest.mark.parametrize('names', [['PORT'], ['MANAGEMENT_PORT'], ['PORT', 'MANAGEMENT_PORT']], ids='+'.join)
def test_a_used_port_is_named(monkeypatch: pytest.MonkeyPatch, names: list[str]) -> None:
    monkeypatch.setenv('PORT', str(reserve_port()))
    with ExitStack() as stack:
        port = reserve_port()
        if len(names) == 1:
            stack.enter_context(socket.create_server(('127.0.0.1', port)))
        for name in names:
            monkeypatch.setenv(name, str(port))

        expected = rf"in use .*\('127.0.0.1', {port}\).* Set HOST, PORT or MANAGEMENT_PORT\.$"
        with pytest.raises(ImproperlyConfigured, match=expected):
            serve.server()


def test_a_free_port_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    port = reserve_port()
    monkeypatch.setenv('PORT', str(port))
    monkeypatch.setenv('MANAGEMENT_PORT', str(reserve_port()))

    granian = serve.server()
    for listener in granian.listeners:
        listener.close()

    assert (granian.bind_addr, granian.bind_port) == ('127.0.0.1', port)
    assert len(granian.hooks_startup) == 1


def test_a_port_reserved_for_a_server_is_refused_to_all_others() -> None:
    port = reserve_port()

    with socket.socket() as other, pytest.raises(OSError, match='in use'):
        other.bind(('127.0.0.1', port))
    with socket.create_server(('127.0.0.1', port)):
        pass


def test_the_management_server_answers_health_checks_and_metrics_only() -> None:
    port = reserve_port()
    command = [sys.executable, '-m', 'realmate_challenge.management_server', '127.0.0.1', str(port)]
    given = environment_with(**PRODUCTION, DJANGO_SETTINGS_MODULE='realmate_challenge.settings')
    with subprocess.Popen(command, cwd=ROOT, env=given) as process:  # noqa: S603 - of this test

        def status_of(path: str) -> int:
            with Client(port) as client, suppress(OSError):
                return client.get(path, Host='10.0.0.1').status
            return 0

        wait_for(lambda: status_of('/health/live') == 200)
        statuses = {path: status_of(path) for path in ('/health/ready', '/metrics', '/webhook/', '/admin/')}
        process.terminate()

    assert statuses == {'/health/ready': 503, '/metrics': 200, '/webhook/': 404, '/admin/': 404}


def test_production_does_without_djangos_receivers_for_each_request() -> None:
    count = 'sum(len(signal.receivers) for signal in (signals.request_started, signals.request_finished))'
    finished = run('-c', f'{WSGI[1]}; from django.core import signals; print({count})', **PRODUCTION)

    assert finished.stdout == '0\n'


UNREACHABLE: Final = 'postgres://nobody:geheim@127.0.0.1:1/nowhere'


@pytest.mark.parametrize(
    'command',
    [
        *('replay_events --dry-run', 'prune_events', 'erase_conversation --export', 'create_token ana'),
        *('migrate', 'changepassword ana', 'createsuperuser --no-input --username=ana --email=ana@example.com'),
        'shell --no-imports --command=from+knox.models+import+AuthToken;AuthToken.objects.count()',
    ],
)
def test_an_unreachable_database_is_one_line(command: str) -> None:
    arguments = (argument.replace('+', ' ') for argument in command.split())
    finished = run('manage.py', *arguments, DATABASE_URL=UNREACHABLE, DJANGO_SUPERUSER_PASSWORD='geheim')  # noqa: S106 - of nobody

    assert 'geheim' not in error_line(finished, 'Stopped: connection failed')


def test_the_traceback_of_an_unreachable_database_is_an_option() -> None:
    assert 'Traceback' in run('manage.py', 'prune_events', '--traceback', DATABASE_URL=UNREACHABLE).stderr


def test_the_default_database_is_beside_manage_in_a_folder_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "C# projects? 100%20 o'clock+1"
    shutil.copytree(ROOT / 'realmate_challenge', folder / 'realmate_challenge', ignore=shutil.ignore_patterns('tests'))
    shutil.copy(ROOT / 'manage.py', folder)

    finished = run('manage.py', 'migrate', root=str(folder), DATABASE_URL='')

    assert (finished.returncode, finished.stderr) == (0, '')
    assert [file.parent for file in tmp_path.rglob('*.sqlite3')] == [folder]


EXPOSED: Final = {
    'DJANGO_DEBUG': 'false',
    'DJANGO_SECRET_KEY': 'short',
    'DJANGO_ALLOWED_HOSTS': '*',
    'DJANGO_HTTPS': 'false',
    'API_REQUIRE_AUTH': 'false',
    'WEBHOOK_SECRET': 'geheim',
}


def test_checks_for_deployment_find_nothing() -> None:
    finished = run(*CHECK_DEPLOYMENT, DJANGO_DEBUG='false', DJANGO_SUPERUSER_EMAIL='x', **PRODUCTION)

    assert (finished.returncode, finished.stderr) == (0, '')


def test_checks_for_deployment_name_what_is_exposed() -> None:
    finished = run(*CHECK_DEPLOYMENT, **EXPOSED)

    assert finished.returncode == 1
    for warning in (
        'Your SECRET_KEY has less than 50 characters',
        'WEBHOOK_SECRETS is not set',
        'API_REQUIRE_AUTH is off',
        'DJANGO_HTTPS is off',
        "DJANGO_ALLOWED_HOSTS contains '*'",
        'WEBHOOK_SECRET is not a setting. Similar settings: WEBHOOK_SECRETS',
    ):
        assert finished.stderr.count(warning) == 1, warning
    assert 'geheim' not in finished.stderr


@pytest.mark.parametrize('command', [WSGI, ASGI], ids=['wsgi', 'asgi'])
def test_a_production_start_logs_what_is_exposed(command: Command) -> None:
    lines = run(*command, **EXPOSED, LOG_FORMAT='text').stderr.splitlines()

    assert [line.split()[1:3] for line in lines] == [
        ['WARNING', each]
        for each in ('WEBHOOK_SECRETS', 'API_REQUIRE_AUTH', 'DJANGO_HTTPS', 'DJANGO_ALLOWED_HOSTS', 'WEBHOOK_SECRET')
    ]
    assert run(*command, **PRODUCTION).stderr == ''


@pytest.mark.django_db
def test_the_models_need_no_new_migration() -> None:
    call_command('makemigrations', '--check', '--dry-run')
