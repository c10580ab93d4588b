"""The service in ten seconds: `task demo`, or `python -m realmate_challenge.demo --help`.

Posts the four events of the brief, with fresh ids, to a running server; then a redelivery, and a message that comes
before its conversation. Prints each request and its answer, and the conversations as they are read back.
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, Final, NamedTuple, final
from urllib.parse import urlsplit
from uuid import uuid4

from django.core.exceptions import ImproperlyConfigured

from realmate_challenge.shared import environment

TIMEOUT_SECONDS: Final = 10
GREEN, RED, DIM, PLAIN = '\033[32m', '\033[31m', '\033[2m', '\033[0m'

type JSON = dict[str, Any]


class Step(NamedTuple):
    event: JSON
    expected: HTTPStatus
    meaning: str


class Answer(NamedTuple):
    status: int
    text: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Plain HTTP by the standard library. A `secret` signs what is posted, a `token` opens what is read."""

    url: str
    secret: str
    scheme: str
    token: str

    def post(self, event: JSON) -> Answer:
        body = json.dumps(event, ensure_ascii=False).encode()
        return self._send('POST', '/webhook/', body, {'Content-Type': 'application/json', **self._signature(body)})

    def get(self, path: str) -> Answer:
        return self._send('GET', path, b'', {'Authorization': f'Token {self.token}'} if self.token else {})

    def _signature(self, body: bytes) -> Mapping[str, str]:
        if not self.secret:
            return {}
        return hub_signature(self.secret, body) if self.scheme == 'hub' else standard_signature(self.secret, body)

    def _send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        address = urlsplit(self.url)
        connect = HTTPSConnection if address.scheme == 'https' else HTTPConnection
        connection = connect(address.hostname or '', address.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, address.path.rstrip('/') + path, body or None, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, response.read().decode())
        finally:
            connection.close()


def standard_signature(secret: str, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks. The secret is `whsec_` and the key in base64."""
    key = base64.b64decode(f'{secret.removeprefix("whsec_")}==')  # padding may be missing, surplus does no harm
    message_id, timestamp = f'msg_{uuid4().hex}', str(int(time.time()))
    digest = hmac.digest(key, f'{message_id}.{timestamp}.'.encode() + body, hashlib.sha256)
    signature = f'v1,{base64.b64encode(digest).decode()}'
    return {'webhook-id': message_id, 'webhook-timestamp': timestamp, 'webhook-signature': signature}


def hub_signature(secret: str, body: bytes) -> dict[str, str]:
    """As the WhatsApp Cloud API and GitHub sign."""
    return {'X-Hub-Signature-256': f'sha256={hmac.digest(secret.encode(), body, hashlib.sha256).hex()}'}


def story(conversation: str, early: str, start: datetime) -> Iterator[Step]:
    """The brief's four events, a redelivery, and what happens when a message overtakes its conversation."""
    ok = HTTPStatus.NO_CONTENT
    received = _message(start + timedelta(seconds=1), conversation, 'RECEIVED', 'Olá, tudo bem?')
    sent = _message(start + timedelta(seconds=3), conversation, 'SENT', 'Tudo ótimo e você?')
    overtaking = _message(start + timedelta(seconds=6), early, 'RECEIVED', 'Cheguei antes da conversa!')
    yield Step(_event('NEW_CONVERSATION', start, conversation), ok, 'The conversation is open.')
    yield Step(received, ok, 'A customer wrote.')
    yield Step(sent, ok, 'The company answered.')
    yield Step(
        _event('CLOSE_CONVERSATION', start + timedelta(seconds=4), conversation), ok, 'The conversation is closed.'
    )
    yield Step(sent, ok, 'The platform repeats itself: acknowledged, and not stored twice.')
    yield Step(overtaking, HTTPStatus.NOT_FOUND, 'It overtook its conversation: held, not lost.')
    yield Step(
        _event('NEW_CONVERSATION', start + timedelta(seconds=5), early), ok, 'Here it comes: what was held is applied.'
    )


def _event(kind: str, timestamp: datetime, conversation: str) -> JSON:
    return {'type': kind, 'timestamp': timestamp.isoformat(), 'data': {'id': conversation}}


def _message(timestamp: datetime, conversation: str, direction: str, content: str) -> JSON:
    data = {'id': str(uuid4()), 'direction': direction, 'content': content, 'conversation_id': conversation}
    return {'type': 'NEW_MESSAGE', 'timestamp': timestamp.isoformat(), 'data': data}


def play(client: Client) -> bool:
    """True if every answer was the expected one."""
    conversation, early = str(uuid4()), str(uuid4())
    fine = True
    for step in story(conversation, early, datetime.now(UTC)):
        answer = client.post(step.event)
        _write(f'POST /webhook/  {json.dumps(step.event, ensure_ascii=False)}')
        fine &= _report(answer, step.expected, step.meaning)
    for path, count in ((f'/conversations/{conversation}/', 2), (f'/conversations/{early}/', 1)):
        fine &= _read(client, path, count)
    return fine


def _read(client: Client, path: str, count: int) -> bool:
    answer = client.get(path)
    _write(f'GET {path}')
    if not _report(answer, HTTPStatus.OK, f'Read back, with {count} message{"s"[: count - 1]}:'):
        return False
    found = json.loads(answer.text)
    _write(f'{json.dumps(found, ensure_ascii=False, indent=2)}\n', DIM)
    if found['count'] != count:
        _write(f'Expected messages: {count}, found: {found["count"]}.\n', RED)
    return bool(found['count'] == count)


def _report(answer: Answer, expected: HTTPStatus, meaning: str) -> bool:
    if answer.status == expected:
        _write(f'{answer.status}  {meaning}\n', GREEN)
        return True
    _write(f'{answer.status}  expected {expected.value}: {answer.text or "(no body)"}', RED)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        _write('     Posting to this server needs --secret whsec_..., or reading from it --token KEY.', RED)
    return False


def _write(line: str, colour: str = '') -> None:
    coloured = colour and sys.stdout.isatty() and not os.environ.get('NO_COLOR')
    sys.stdout.write(f'{colour}{line}{PLAIN}\n' if coloured else f'{line}\n')


def client_from(arguments: Sequence[str] | None) -> Client:
    env = environment.Environment()
    secrets = env.names('WEBHOOK_SECRETS', '')
    parser = argparse.ArgumentParser(prog='task demo', description='Post the events of the brief to a running server.')
    parser.add_argument('--url', default='http://127.0.0.1:8000', help='the server (default: %(default)s)')
    parser.add_argument('--token', default='', help='for reading: from `manage.py create_token USER`')
    parser.add_argument(
        '--secret', default=secrets[0] if secrets else '', help='for signing (default: of WEBHOOK_SECRETS)'
    )
    parser.add_argument(
        '--scheme',
        choices=('standard', 'hub'),
        default=env.str('WEBHOOK_SIGNATURE_SCHEME', 'standard'),
        help='how to sign (default: WEBHOOK_SIGNATURE_SCHEME, or standard)',
    )
    return Client(**vars(parser.parse_args(arguments)))


def main(arguments: Sequence[str] | None = None) -> None:
    try:
        environment.load(Path(__file__).resolve().parent.parent)
    except ImproperlyConfigured as error:
        sys.exit(f'Configuration error: {error}')
    client = client_from(arguments)
    try:
        fine = play(client)
    except (OSError, HTTPException):
        sys.exit(f'No server answers at {client.url}. Start one with `make run`, or say where it is: --url URL.')
    except ValueError as error:
        sys.exit(f'The demo cannot run: {error}')
    if not fine:
        sys.exit('Not as expected: see the lines above.')


if __name__ == '__main__':
    main()
