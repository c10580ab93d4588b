"""`task demo` against a live server."""

import json
import re
import socket
from typing import Final

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from standardwebhooks import Webhook

from realmate_challenge import demo
from realmate_challenge.shared import environment
from realmate_challenge.webhook_api.models import Conversation, Message
from realmate_challenge.webhook_api.tests.support.readers import key_of, reader

SECRET: Final = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'  # noqa: S105 - of the scheme's own documentation
STORY: Final = demo.story
EXPECTED: Final = ['204', '204', '204', '204', '204', '404', '204', '200', '200']


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a developer has in the shell, or in `.env`, changes nothing."""
    monkeypatch.setattr(environment, 'load', lambda _: None)
    monkeypatch.delenv('WEBHOOK_SECRETS', raising=False)
    monkeypatch.delenv('WEBHOOK_SIGNATURE_SCHEME', raising=False)


@pytest.fixture
def open_server(django_db_setup: None, live_server: LiveServer, settings: Settings) -> LiveServer:
    """`django_db_setup` comes first: only then does the server know that SQLite's connection is to be shared."""
    settings.API_REQUIRE_AUTH = False
    settings.WEBHOOK_SECRETS = []
    settings.WEBHOOK_ACCEPT_LATE_MESSAGES = False
    return live_server


def answers(output: str) -> list[str]:
    return re.findall(r'^(\d{3})  ', output, re.MULTILINE)


def test_tells_the_story_as_often_as_asked(open_server: LiveServer, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        demo.main(['--url', open_server.url])
        assert answers(capsys.readouterr().out) == EXPECTED
    assert (Conversation.objects.count(), Message.objects.count()) == (4, 6)


def test_shows_requests_and_the_conversation(open_server: LiveServer, capsys: pytest.CaptureFixture[str]) -> None:
    demo.main(['--url', f'{open_server.url}/'])
    output = capsys.readouterr().out
    assert output.count('POST /webhook/  {"type": ') == 7
    first, _ = (json.loads(found) for found in re.findall(r'^\{.*?^\}', output, re.MULTILINE | re.DOTALL))
    assert first['status'] == 'CLOSED'
    assert [message['content'] for message in first['messages']] == ['Olá, tudo bem?', 'Tudo ótimo e você?']
    assert '\033' not in output


@pytest.mark.parametrize(('scheme', 'secret'), [('standard', SECRET), ('hub', 'a shared secret')])
def test_signs_and_reads_with_a_token(
    open_server: LiveServer, settings: Settings, capsys: pytest.CaptureFixture[str], scheme: str, secret: str
) -> None:
    settings.API_REQUIRE_AUTH = True
    settings.WEBHOOK_SECRETS = [secret]
    settings.WEBHOOK_SIGNATURE_SCHEME = scheme
    key = key_of(reader())
    demo.main(['--url', open_server.url, '--secret', secret, '--scheme', scheme, '--token', key])
    assert answers(capsys.readouterr().out) == EXPECTED


def test_takes_the_first_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('WEBHOOK_SECRETS', f'{SECRET},whsec_b2xk')
    assert demo.client_from([]).secret == SECRET


def test_says_what_a_guarded_server_wants(
    open_server: LiveServer, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.WEBHOOK_SECRETS = [SECRET]
    with pytest.raises(SystemExit) as stop:
        demo.main(['--url', open_server.url])
    assert stop.value.code == 'Not as expected: see the lines above.'
    output = capsys.readouterr().out
    assert '401  expected 204: {"errors":[{"code":"NOT_AUTHENTICATED"' in output
    assert '--secret whsec_' in output


def test_notices_missing_messages(
    open_server: LiveServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, 'story', lambda *of: [step for step in STORY(*of) if step.expected != 404])
    with pytest.raises(SystemExit):
        demo.main(['--url', open_server.url])
    assert 'Expected messages: 1, found: 0.' in capsys.readouterr().out


def test_says_in_one_line_that_no_server_answers(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(SystemExit) as stop:
        demo.main(['--url', f'http://127.0.0.1:{port}'])
    assert str(stop.value.code).startswith(f'No server answers at http://127.0.0.1:{port}. Start one with `make run`')
    assert capsys.readouterr().out == ''


def test_says_in_one_line_that_a_secret_is_wrong() -> None:
    with pytest.raises(SystemExit) as stop:
        demo.main(['--secret', 'whsec_é'])
    assert str(stop.value.code).startswith('The demo cannot run: ')


def test_signature_is_what_the_standard_library_of_the_scheme_verifies() -> None:
    body = '{"content": "Olá"}'.encode()
    assert Webhook(SECRET).verify(body, demo.standard_signature(SECRET, body)) == {'content': 'Olá'}


def test_is_coloured_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv('NO_COLOR', raising=False)
    monkeypatch.setattr('sys.stdout.isatty', lambda: True)
    demo._write('204', demo.GREEN)  # noqa: SLF001 - colours are nowhere else
    monkeypatch.setenv('NO_COLOR', '1')
    demo._write('204', demo.GREEN)  # noqa: SLF001 - the same
    assert capsys.readouterr().out == '\033[32m204\033[0m\n204\n'
