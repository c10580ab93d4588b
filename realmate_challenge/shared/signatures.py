"""Who sent a webhook: signatures over the raw body, in the two schemes that platforms use."""

import hmac
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Any, Final, final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions
from rest_framework.request import Request
from standardwebhooks import Webhook, WebhookVerificationError

from realmate_challenge.shared.parsers import read_body

# Room for dozens of signatures; without a limit, a header of a megabyte would buy an attacker thousands of comparisons.
MAX_SIGNATURE_LENGTH: Final = 4096
MAX_TIMESTAMP_LENGTH: Final = 20
# Of Standard Webhooks' libraries, in both directions.
TOLERANCE_SECONDS: Final = 300

SECURITY_SCHEMES: Final = ['webhookId', 'webhookTimestamp', 'webhookSignature', 'hubSignature']

type Headers = Mapping[str, Any]
type Verifier = Callable[[Headers, bytes], None]


@final
class InvalidSignature(exceptions.AuthenticationFailed):
    default_code = 'invalid_signature'
    default_detail = 'The signature is wrong.'


@final
class WebhookSignatureAuthentication(authentication.BaseAuthentication):
    """Refuses what none of `WEBHOOK_SECRETS` has signed, before it is parsed. Without secrets it lets everything in."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, str] | None:
        """Raises: NotAuthenticated, if there is no signature; InvalidSignature; PayloadTooLarge."""
        if not settings.WEBHOOK_SECRETS:
            return None
        verify_signature(request._request)  # noqa: SLF001 - documented way to Django's request
        return AnonymousUser(), settings.WEBHOOK_SIGNATURE_SCHEME

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - REST framework's signature
        return 'Signature'


def verify_signature(request: HttpRequest) -> None:
    """By `WEBHOOK_SECRETS`, of which there must be one.

    Raises: NotAuthenticated, if there is no signature; InvalidSignature; PayloadTooLarge.
    """
    verify = _verifier(settings.WEBHOOK_SIGNATURE_SCHEME, tuple(settings.WEBHOOK_SECRETS))
    verify(request.META, read_body(request))


@cache
def _verifier(scheme: str, secrets: Sequence[str]) -> Verifier:
    """The scheme's rule with keys decoded once; any of the secrets may have signed."""
    if scheme == 'hub':
        keys = [secret.encode() for secret in secrets]
        return lambda headers, body: _verify_hub(keys, headers, body)
    signers = [_Signer(secret) for secret in secrets]
    return lambda headers, body: _verify_standard(signers, headers, body)


def _verify_standard(signers: Sequence['_Signer'], headers: Headers, body: bytes) -> None:
    """Standard Webhooks: `webhook-id`, `webhook-timestamp` in whole seconds, `webhook-signature` of both and the body.

    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    identifier = headers.get('HTTP_WEBHOOK_ID', '')
    timestamp = headers.get('HTTP_WEBHOOK_TIMESTAMP', '')
    signature = headers.get('HTTP_WEBHOOK_SIGNATURE', '')
    if not (identifier and timestamp and signature):
        raise exceptions.NotAuthenticated
    # The library would also take '1e9', and 'nan'.
    is_timestamp = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= MAX_TIMESTAMP_LENGTH
    if not is_timestamp or len(signature) > MAX_SIGNATURE_LENGTH:
        raise InvalidSignature
    if not any(signer.has_signed(identifier, timestamp, signature, body) for signer in signers):
        raise InvalidSignature


@final
class _Signer:
    """Who has a secret of Standard Webhooks."""

    def __init__(self, secret: str) -> None:
        self._webhook = Webhook(secret)
        # As the library decodes it.
        self._key = b64decode(secret.removeprefix('whsec_') + '==')

    def has_signed(self, identifier: str, timestamp: str, signature: str, body: bytes) -> bool:
        try:
            if self._wrote(identifier, timestamp, signature, body):
                return True
            # Refusing is left to the library, which also knows other spellings of a good signature.
            headers = {'webhook-id': identifier, 'webhook-timestamp': timestamp, 'webhook-signature': signature}
            self._webhook.verify(body, headers, json_parse=False)
        except (WebhookVerificationError, ValueError):
            # ValueError: what is no UTF-8, no base64, or no pair of version and signature.
            return False
        return True

    def _wrote(self, identifier: str, timestamp: str, signature: str, body: bytes) -> bool:
        """The library's rule, for signatures as the library writes them, in a fourth of its time.

        Raises: ValueError.
        """
        if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
            return False
        signed = f'{identifier}.{timestamp}.'.encode() + body
        expected = b'v1,' + b64encode(hmac.digest(self._key, signed, 'sha256'))
        return any(hmac.compare_digest(each, expected) for each in signature.encode().split(b' '))


def _verify_hub(keys: Sequence[bytes], headers: Headers, body: bytes) -> None:
    """`X-Hub-Signature-256`, as the WhatsApp Cloud API and GitHub send it.

    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """
    signature = headers.get('HTTP_X_HUB_SIGNATURE_256', '')
    if not signature:
        raise exceptions.NotAuthenticated
    given = signature[:MAX_SIGNATURE_LENGTH].encode(errors='replace')
    expected = [f'sha256={hmac.new(key, body, sha256).hexdigest()}'.encode() for key in keys]
    # No short cut: every key is compared, in constant time.
    if not any([hmac.compare_digest(given, each) for each in expected]):  # noqa: C419 - a list, to compare all
        raise InvalidSignature


@final
class WebhookSignatureScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped base
    """Both schemes as alternatives, and none, for a service without secrets."""

    target_class = 'realmate_challenge.shared.signatures.WebhookSignatureAuthentication'
    name = SECURITY_SCHEMES

    def get_security_requirement(self, auto_schema: object) -> list[dict[str, list[Any]]]:  # noqa: ARG002 - its signature
        *standard, hub = self.name
        return [{name: [] for name in standard}, {hub: []}, {}]

    def get_security_definition(self, auto_schema: object) -> Any:  # noqa: ANN401, ARG002 - its signature
        return [
            _header('webhook-id', 'Standard Webhooks: the id of the delivery.'),
            _header('webhook-timestamp', 'Standard Webhooks: when it was sent, in seconds since 1970, ±5 minutes.'),
            _header('webhook-signature', 'Standard Webhooks: `v1,` and the base64 HMAC-SHA256 of id.timestamp.body.'),
            _header('X-Hub-Signature-256', 'WhatsApp Cloud API: `sha256=` and the hex HMAC-SHA256 of the body.'),
        ]


def _header(name: str, description: str) -> dict[str, str]:
    return {'type': 'apiKey', 'in': 'header', 'name': name, 'description': description}
