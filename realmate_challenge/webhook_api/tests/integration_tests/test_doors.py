"""The ways in: `manage.py` for development, the server and its applications for production."""

import socket
import subprocess

import pytest

from realmate_challenge.webhook_api.tests.processes import PRODUCTION, known_settings, run

MANAGE = ('manage.py', 'check')
SERVE = ('-m', 'realmate_challenge.serve')
WSGI = ('-c', 'import realmate_challenge.wsgi')
ASGI = ('-c', 'import realmate_challenge.asgi')
PRINT_DEBUG = ('manage.py', 'shell', '--no-imports', '-c', 'from django.conf import settings; print(settings.DEBUG)')


def complaint(finished: subprocess.CompletedProcess[str]) -> str:
    """The one line with which a process refused to start."""
    assert finished.returncode == 1, finished
    (line,) = finished.stderr.splitlines()
    assert line.startswith('Configuration error: ')
    return line


def test_the_names_of_the_settings_are_found() -> None:
    assert {'DJANGO_DEBUG', 'DATABASE_URL', 'WEBHOOK_MAX_BODY_BYTES', 'PORT'} <= known_settings()


@pytest.mark.parametrize('door', [WSGI, ASGI, SERVE], ids=['wsgi', 'asgi', 'serve'])
def test_production_does_not_start_without_a_key(door: tuple[str, ...]) -> None:
    assert 'DJANGO_SECRET_KEY must be set' in complaint(run(*door))


@pytest.mark.parametrize('door', [WSGI, ASGI], ids=['wsgi', 'asgi'])
def test_production_starts_with_a_key(door: tuple[str, ...]) -> None:
    finished = run(*door, **PRODUCTION)

    assert (finished.returncode, finished.stderr) == (0, '')


def test_production_has_debug_off() -> None:
    code = 'import realmate_challenge.wsgi; from django.conf import settings as s; print(s.DEBUG, s.API_REQUIRE_AUTH)'

    assert run('-c', code, **PRODUCTION).stdout == 'False True\n'


@pytest.mark.parametrize(
    ('environ', 'printed'),
    [({}, 'True'), ({'DJANGO_DEBUG': 'true'}, 'True'), ({'DJANGO_DEBUG': 'false', **PRODUCTION}, 'False')],
    ids=['unless told otherwise', 'told so', 'told otherwise'],
)
def test_manage_turns_debug_on(environ: dict[str, str], printed: str) -> None:
    finished = run(*PRINT_DEBUG, **environ)

    assert (finished.stdout.strip(), finished.stderr) == (printed, '')


def test_manage_with_debug_off_needs_a_key() -> None:
    assert 'DJANGO_SECRET_KEY must be set' in complaint(run(*MANAGE, DJANGO_DEBUG='false'))


WRONG = {
    'DJANGO_DEBUG': 'maybe',
    'DJANGO_HTTPS': 'perhaps',
    'API_REQUIRE_AUTH': '2',
    'WEBHOOK_ACCEPT_LATE_MESSAGES': 'sometimes',
    'WEBHOOK_MAX_BODY_BYTES': '1MiB',
    'WEBHOOK_SIGNATURE_SCHEME': 'none',
    'WEBHOOK_SECRETS': 'geheim',
    'DATABASE_URL': 'mysql://user:geheim@host/name',
}
WRONG_FOR_THE_SERVER = {'PORT': '80a', 'WORKERS': '0', 'BLOCKING_THREADS': '-1', 'BACKLOG': '1', 'HOST': 'localhost'}


@pytest.mark.parametrize(('name', 'value'), WRONG.items())
@pytest.mark.parametrize('door', [MANAGE, SERVE, WSGI], ids=['manage', 'serve', 'wsgi'])
def test_a_wrong_value_is_one_clear_line(door: tuple[str, ...], name: str, value: str) -> None:
    line = complaint(run(*door, **{**PRODUCTION, name: value}))

    assert f' {name} must ' in line
    assert 'geheim' not in line


@pytest.mark.parametrize(('name', 'value'), [*WRONG_FOR_THE_SERVER.items(), ('PORT', '65536')])
def test_a_wrong_value_for_the_server_too(name: str, value: str) -> None:
    assert f' {name} must ' in complaint(run(*SERVE, **{**PRODUCTION, name: value}))


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]

        line = complaint(run(*SERVE, **PRODUCTION, PORT=str(port)))

    assert f'cannot listen on 127.0.0.1, port {port}: Address already in use' in line


def test_checks_for_deployment_find_nothing() -> None:
    finished = run('manage.py', 'check', '--deploy', '--fail-level', 'WARNING', DJANGO_DEBUG='false', **PRODUCTION)

    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == 'System check identified no issues (0 silenced).\n'
    assert finished.stderr == ''


def test_plain_http_by_decision_is_no_finding() -> None:
    finished = run(
        'manage.py',
        'check',
        '--deploy',
        '--fail-level',
        'WARNING',
        DJANGO_DEBUG='false',
        DJANGO_HTTPS='false',
        **PRODUCTION,
    )

    assert finished.returncode == 0, finished.stderr


def test_checks_for_deployment_say_that_events_are_not_signed() -> None:
    environ = {**PRODUCTION, 'WEBHOOK_SECRETS': ''}

    finished = run('manage.py', 'check', '--deploy', '--fail-level', 'WARNING', DJANGO_DEBUG='false', **environ)

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
