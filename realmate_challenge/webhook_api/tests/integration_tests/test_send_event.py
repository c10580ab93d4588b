"""`manage.py send_event` and a live server."""

import json
import re
import socket
from io import StringIO
from pathlib import Path
from typing import Final

import orjson
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from realmate_challenge.webhook_api.models import Conversation, Message
from realmate_challenge.webhook_api.serializers.events import EXAMPLES
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.payloads import MESSAGE_SENT, NEW_CONVERSATION
from realmate_challenge.webhook_api.tests.support.readers import key_of, reader
from realmate_challenge.webhook_api.tests.support.signing import HUB_SECRET, OTHER_SECRET, SECRET

# With spaces, a line break and a character that is not ASCII: it is sent byte for byte.
BODY: Final = b' ' + orjson.dumps({**NEW_CONVERSATION, 'surplus': 'é'}, option=orjson.OPT_INDENT_2) + b'\r\n'


@pytest.fixture
def url(django_db_setup: None, live_server: LiveServer) -> str:
    """`django_db_setup` comes first: it makes the server share the connection of SQLite."""
    return str(live_server.url)


@pytest.fixture(params=[('standard', SECRET), ('hub', HUB_SECRET)], ids=['standard', 'hub'])
def signed(request: pytest.FixtureRequest, settings: Settings) -> None:
    settings.WEBHOOK_SIGNATURE_SCHEME, secret = request.param
    settings.WEBHOOK_SECRETS = [secret, OTHER_SECRET]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / 'event.json'
    file.write_bytes(BODY)
    return file


def send(*arguments: str) -> str:
    out = StringIO()
    call_command('send_event', *arguments, stdout=out)
    return out.getvalue()


def test_the_demonstration_can_be_repeated(url: str) -> None:
    for _ in range(2):
        output = send('--url', f'{url}/')

    assert re.findall(r'^\d{3}$', output, re.MULTILINE) == ['204'] * 5 + ['404', '204', '200', '200']
    first, _ = (json.loads(found) for found in re.findall(r'^\{.*?^\}', output, re.MULTILINE | re.DOTALL))
    assert first['status'] == 'CLOSED'
    assert [message['content'] for message in first['messages']] == ['Olá, tudo bem?', 'Tudo ótimo e você?']
    assert (Conversation.objects.count(), Message.objects.count()) == (4, 6)


@pytest.mark.usefixtures('signed')
def test_the_demonstration_signs_and_reads_with_a_token(url: str, settings: Settings) -> None:
    settings.API_REQUIRE_AUTH = True

    assert send('--url', url, '--token', key_of(reader())).count('\n200\n') == 2
    with pytest.raises(CommandError, match=r'^Expected status 200, got: .*NOT_AUTHENTICATED.* reading --token\.$'):
        send('--url', url)


def test_the_demonstration_reads_from_a_server_behind_a_tls_proxy(url: str, settings: Settings) -> None:
    settings.HTTPS = True
    settings.SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https')

    assert send('--url', url).count('\n200\n') == 2


def test_the_demonstration_counts_the_messages(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXAMPLES, 'Message received', MESSAGE_SENT)

    with pytest.raises(CommandError, match=r'^Expected 2 messages, got 1\.$'):
        send('--url', url)


@pytest.mark.usefixtures('signed')
def test_a_file_is_signed_and_posted(url: str, file: Path) -> None:
    assert send(str(file), '--url', url) == '204\n'
    assert Conversation.objects.count() == 1
    file.write_bytes(b'{}')
    with pytest.raises(CommandError, match=r'^Expected status 204, got: .*VALIDATION_ERROR'):
        send(str(file), '--url', url)


@pytest.mark.django_db
@pytest.mark.usefixtures('signed')
def test_the_printed_headers_sign_the_file(post_event: PostEvent, file: Path) -> None:
    lines = [line.split(': ', 1) for line in send(str(file), '--headers').splitlines()]
    headers = {f'HTTP_{name.upper().replace("-", "_")}': value for name, value in lines}

    assert post_event(BODY, **headers).status_code == 204


def test_wrong_input_is_one_line(file: Path) -> None:
    with pytest.raises(CommandError, match=r'^WEBHOOK_SECRETS is not set'):
        send(str(file), '--headers')
    with pytest.raises(CommandError, match='No such file'):
        send(str(file.parent / 'missing.json'))
    file.write_bytes(b'\xff')
    with pytest.raises(CommandError, match=r'^The body cannot be read: .*utf-8'):
        send(str(file))


def test_a_server_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv('PORT', str(port))

    with pytest.raises(CommandError, match=rf'^No answer from http://127\.0\.0\.1:{port}: .*refused\. Start a server'):
        send()
    with pytest.raises(CommandError, match=r'^No answer from http://\[: Invalid IPv6 URL'):
        send('--url', 'http://[')
