"""Signatures as a platform makes them: by the specifications, and by none of the service's own code."""

import hmac
import time
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Final

# Of the Standard Webhooks specification, and of GitHub's documentation.
SECRET: Final = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'  # noqa: S105 - an example that everybody may know
OTHER_SECRET: Final = 'whsec_bm90IHRoZSBzZWNyZXQgb2YgdGhlIHBsYXRmb3Jt'  # noqa: S105 - an example
HUB_SECRET: Final = "It's a Secret to Everybody"  # noqa: S105 - an example that everybody may know

type Environ = dict[str, str]


def standard(body: bytes, secret: str = SECRET, *, at: float | None = None, delivery: str = 'msg_1') -> Environ:
    """The three headers of Standard Webhooks, as WSGI names them."""
    timestamp = int(time.time() if at is None else at)
    key = b64decode(secret.removeprefix('whsec_'))
    signature = b64encode(hmac.digest(key, f'{delivery}.{timestamp}.'.encode() + body, sha256)).decode()
    return {
        'HTTP_WEBHOOK_ID': delivery,
        'HTTP_WEBHOOK_TIMESTAMP': str(timestamp),
        'HTTP_WEBHOOK_SIGNATURE': f'v1,{signature}',
    }


def hub(body: bytes, secret: str = HUB_SECRET) -> Environ:
    return {'HTTP_X_HUB_SIGNATURE_256': f'sha256={hmac.digest(secret.encode(), body, sha256).hex()}'}
