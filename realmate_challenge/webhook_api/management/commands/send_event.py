"""`manage.py send_event`: sign an event and post it to a running server, or play a demonstration."""

import json
import os
import sys
from argparse import ArgumentParser
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from standardwebhooks import Webhook

from realmate_challenge.shared.security.signatures import HUB_HEADER, hub_signature
from realmate_challenge.webhook_api.serializers.events import EXAMPLES

ADVICE: Final = {401: ' Posting may need WEBHOOK_SECRETS, and reading --token.'}


class Command(BaseCommand):
    help = 'Sign an event and post it to a running server. Without FILE: play a demonstration with new conversations.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        url = f'http://127.0.0.1:{os.environ.get("PORT") or 8000}'
        parser.add_argument('file', metavar='FILE', nargs='?', help='JSON to send unchanged; - for standard input')
        parser.add_argument('--url', default=url, help='base URL of the server (default: %(default)s, by PORT)')
        parser.add_argument('--token', metavar='KEY', help='token for reading; see create_token')
        parser.add_argument('--headers', action='store_true', help='print the signature headers, and send nothing')

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        self.url, file = options['url'], options['file']
        if options['headers']:
            self._print_headers(_read(file or '-'))
        elif file:
            self._post(_read(file))
        else:
            self._play_demonstration({'Authorization': f'Token {options["token"]}'} if options['token'] else {})

    def _print_headers(self, body: str) -> None:
        if not settings.WEBHOOK_SECRETS:
            message = 'WEBHOOK_SECRETS is not set: there is no secret to sign with.'
            raise CommandError(message)
        self.stdout.writelines(f'{name}: {value}\n' for name, value in _signature_headers(body).items())

    def _play_demonstration(self, credentials: dict[str, str]) -> None:
        opened, received, sent, closed = _brief_with_new_ids()
        late_opened, early, *_ = _brief_with_new_ids()
        for event, expected, meaning in (
            (opened, 204, 'The conversation is open.'),
            (received, 204, 'The customer wrote.'),
            (sent, 204, 'The company answered.'),
            (closed, 204, 'The conversation is closed.'),
            (sent, 204, 'The redelivery is acknowledged, and not stored again.'),
            (early, 404, 'The message arrived before its conversation: it is held.'),
            (late_opened, 204, 'The conversation arrived: the held message is applied.'),
        ):
            body = json.dumps(event, ensure_ascii=False)
            self.stdout.write(f'POST /webhook/ {body}')
            self._post(body, expected)
            self.stdout.write(f'{meaning}\n\n')
        for conversation, count in ((opened, 2), (late_opened, 1)):
            path = f'/conversations/{conversation["data"]["id"]}/'
            self.stdout.write(f'GET {path}')
            transcript = json.loads(self._request(path, 200, credentials))
            self.stdout.write(json.dumps(transcript, ensure_ascii=False, indent=2))
            if transcript['count'] != count:
                message = f'Expected {count} messages, got {transcript["count"]}.'
                raise CommandError(message)

    def _post(self, body: str, expected: int = 204) -> None:
        headers = {'Content-Type': 'application/json', **_signature_headers(body)}
        self._request('/webhook/', expected, headers, body.encode())

    def _request(self, path: str, expected: int, headers: dict[str, str], body: bytes | None = None) -> str:
        """Send a request, print the status of the answer, and return its body.

        Raises: CommandError, if there is no answer, or its status is not the expected one.
        """
        try:
            url = urlsplit(self.url)
            connect = HTTPSConnection if url.scheme == 'https' else HTTPConnection
            with closing(connect(url.hostname or '', url.port, timeout=10)) as connection:
                # On the server, without the proxy, reads would be refused as plain HTTP. A proxy replaces the header.
                if settings.SECURE_PROXY_SSL_HEADER:
                    headers = {**headers, 'X-Forwarded-Proto': 'https'}
                connection.request('GET' if body is None else 'POST', url.path.rstrip('/') + path, body, headers)
                response = connection.getresponse()
                answer = response.read().decode()
        except (OSError, HTTPException, ValueError) as error:
            message = f'No answer from {self.url}: {error}. Start a server with `make run`, or set --url.'
            raise CommandError(message) from error
        self.stdout.write(str(response.status))
        if response.status != expected:
            message = f'Expected status {expected}, got: {answer}{ADVICE.get(response.status, "")}'
            raise CommandError(message)
        return answer


def _read(file: str) -> str:
    try:
        return (sys.stdin.buffer.read() if file == '-' else Path(file).read_bytes()).decode()
    except (OSError, UnicodeDecodeError) as error:
        message = f'The body cannot be read: {error}'
        raise CommandError(message) from error


def _signature_headers(body: str) -> dict[str, str]:
    """Return no headers if there is no secret."""
    if not settings.WEBHOOK_SECRETS:
        return {}
    secret = settings.WEBHOOK_SECRETS[0]
    if settings.WEBHOOK_SIGNATURE_SCHEME == 'hub':
        return {HUB_HEADER: hub_signature(secret, body.encode())}
    delivery, now = f'msg_{uuid4().hex}', timezone.now()
    return {
        'webhook-id': delivery,
        'webhook-timestamp': str(int(now.timestamp())),
        'webhook-signature': Webhook(secret).sign(delivery, now, body),
    }


def _brief_with_new_ids() -> list[Any]:
    brief = list(EXAMPLES.values())
    text = json.dumps(brief)
    for old in {event['data']['id'] for event in brief}:
        text = text.replace(old, str(uuid4()))
    events: list[Any] = json.loads(text)
    return events
