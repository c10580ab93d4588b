"""Signatures of webhooks, made by the specifications and without code of the service."""

import hmac
import time
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Final

# Published examples, of the Standard Webhooks specification and of GitHub's documentation.
SECRET: Final = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'  # noqa: S105 - an example
OTHER_SECRET: Final = 'whsec_bm90IHRoZSBzZWNyZXQgb2YgdGhlIHBsYXRmb3Jt'  # noqa: S105 - an example
HUB_SECRET: Final = "It's a Secret to Everybody"  # noqa: S105 - an example

type Environ = dict[str, str]


def standard(body: bytes, secret: str = SECRET, *, at: float | None = None, delivery: str = 'msg_1') -> Environ:
    """Return the three headers of Standard Webhooks, by their names in WSGI."""
    timestamp = str(int(time.time() if at is None else at))
    signed = f'{delivery}.{timestamp}.'.encode() + body
    digest = hmac.digest(b64decode(secret.removeprefix('whsec_')), signed, sha256)
    signature = f'v1,{b64encode(digest).decode()}'
    return {'HTTP_WEBHOOK_ID': delivery, 'HTTP_WEBHOOK_TIMESTAMP': timestamp, 'HTTP_WEBHOOK_SIGNATURE': signature}


def hub(body: bytes, secret: str = HUB_SECRET) -> Environ:
    return {'HTTP_X_HUB_SIGNATURE_256': f'sha256={hmac.digest(secret.encode(), body, sha256).hex()}'}
