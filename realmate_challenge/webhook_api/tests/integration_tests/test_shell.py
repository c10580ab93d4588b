"""What an operator sees in the shell: commands in a process of their own, with an environment of their own."""

import os
import socket
import subprocess
import sys

import orjson
import pytest
from django.conf import settings
from pytest_django import Settings

from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.settings import OURS
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION
from realmate_challenge.webhook_api.tests.support.signing import OTHER_SECRET, SECRET

type Ran = subprocess.CompletedProcess[bytes]


def manage(arguments: str, environment: dict[str, str], stdin: bytes = b'') -> Ran:
    """`manage.py` with these settings alone. Empty ones count as unset, and keep a `.env` file from setting them."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    ours = {'WEBHOOK_SECRETS': '', 'WEBHOOK_SIGNATURE_SCHEME': '', 'DATABASE_URL': '', **environment}
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, 'manage.py', *arguments.split()],
        input=stdin,
        env={**inherited, **ours},
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=False,
    )


def assert_fails_with_one_line(ran: Ran, beginning: str) -> None:
    (line,) = ran.stderr.decode().splitlines()
    assert line.startswith(beginning)
    assert ran.stdout == b''
    assert ran.returncode != 0


@pytest.mark.parametrize(
    'command', ['replay_events', 'replay_events --dry-run', 'prune_events', 'erase_conversation --export']
)
def test_a_database_that_is_away_is_one_line(command: str) -> None:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]

    ran = manage(command, {'DATABASE_URL': f'postgres://nobody:nothing@127.0.0.1:{port}/nowhere'})

    assert_fails_with_one_line(ran, 'CommandError: Stopped: connection failed')
    assert b'nothing' not in ran.stderr


@pytest.mark.parametrize(
    ('name', 'value'), [('WEBHOOK_SECRETS', f'{SECRET},password'), ('WEBHOOK_SIGNATURE_SCHEME', 'md5')]
)
def test_wrong_settings_are_one_line_that_shows_no_secret(name: str, value: str) -> None:
    ran = manage('check', {name: value})

    assert_fails_with_one_line(ran, f'Configuration error: {name}: ')
    assert SECRET.encode() not in ran.stderr
    assert b'password' not in ran.stderr


@pytest.mark.django_db
def test_an_event_signed_through_a_pipe_is_taken(post_event: PostEvent, settings: Settings) -> None:
    settings.WEBHOOK_SECRETS = [SECRET]
    body = orjson.dumps({**NEW_CONVERSATION, 'surplus': 'é'})

    ran = manage('send_event - --headers', {'WEBHOOK_SECRETS': f'{SECRET},{OTHER_SECRET}'}, stdin=body)

    assert (ran.returncode, ran.stderr) == (0, b'')
    lines = [line.split(': ', 1) for line in ran.stdout.decode().splitlines()]
    headers = {f'HTTP_{name.upper().replace("-", "_")}': value for name, value in lines}
    assert post_event(body, **headers).status_code == 204
