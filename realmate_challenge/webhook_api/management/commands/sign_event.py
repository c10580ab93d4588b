"""`manage.py sign_event`: the headers that let an operator send an event by hand."""

import hmac
import sys
from argparse import ArgumentParser
from hashlib import sha256
from pathlib import Path
from typing import Any, final
from uuid import uuid4

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from standardwebhooks import Webhook


@final
class Command(BaseCommand):
    help = (
        'Print signature headers for an event, made with the first of WEBHOOK_SECRETS, one to a line, as curl takes '
        'them: manage.py sign_event event.json > headers; '
        'curl -H @headers -H "Content-Type: application/json" --data-binary @event.json URL'
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument('file', help='the JSON body, sent byte for byte as it is signed; - for standard input')

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        if not settings.WEBHOOK_SECRETS:
            message = 'WEBHOOK_SECRETS is not set: nothing to sign with, and nothing that asks for a signature.'
            raise CommandError(message)
        body = _read(options['file'])
        sign = _hub if settings.WEBHOOK_SIGNATURE_SCHEME == 'hub' else _standard
        for name, value in sign(settings.WEBHOOK_SECRETS[0], body).items():
            self.stdout.write(f'{name}: {value}')


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == '-' else Path(file).read_bytes()
    except OSError as error:
        raise CommandError(str(error)) from error


def _standard(secret: str, body: bytes) -> dict[str, str]:
    delivery, now = f'msg_{uuid4().hex}', timezone.now()
    try:
        signature = Webhook(secret).sign(delivery, now, body.decode())
    except UnicodeDecodeError as error:
        message = 'The body is not UTF-8.'
        raise CommandError(message) from error
    return {
        'webhook-id': delivery,
        'webhook-timestamp': str(int(now.timestamp())),
        'webhook-signature': signature,
    }


def _hub(secret: str, body: bytes) -> dict[str, str]:
    return {'X-Hub-Signature-256': f'sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}'}
