"""Verify who sent a webhook: signatures over the raw body, in the two schemes that platforms use."""

import hmac
from collections.abc import Mapping, Sequence
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

from realmate_challenge.shared.http.parsers import read_body

# Room for dozens of signatures; without a limit, a header of a megabyte would buy an attacker thousands of comparisons.
MAX_SIGNATURE_LENGTH: Final = 4096
MAX_TIMESTAMP_LENGTH: Final = 20
# Headers, and their names in WSGI.
STANDARD_HEADERS: Final = {
    'webhook-id': 'HTTP_WEBHOOK_ID',
    'webhook-timestamp': 'HTTP_WEBHOOK_TIMESTAMP',
    'webhook-signature': 'HTTP_WEBHOOK_SIGNATURE',
}
HUB_HEADERS: Final = {'X-Hub-Signature-256': 'HTTP_X_HUB_SIGNATURE_256'}

SECURITY_SCHEMES: Final = ['webhookId', 'webhookTimestamp', 'webhookSignature', 'hubSignature']


@final
class InvalidSignature(exceptions.AuthenticationFailed):
    default_code = 'invalid_signature'
    default_detail = 'No secret matches the signature.'


@final
class WebhookSignatureAuthentication(authentication.BaseAuthentication):
    """Refuse what none of `WEBHOOK_SECRETS` has signed, before it is parsed. Without secrets, accept everything."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, str] | None:
        """Raises: NotAuthenticated, if there is no signature; InvalidSignature; PayloadTooLarge."""
        if not settings.WEBHOOK_SECRETS:
            return None
        verify_signature(request._request)  # noqa: SLF001 - documented way to Django's request
        return AnonymousUser(), settings.WEBHOOK_SIGNATURE_SCHEME

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - REST framework's signature
        return 'Signature'


def verify_signature(request: HttpRequest) -> None:
    """Verify by `WEBHOOK_SECRETS`, of which there must be one; any of them may have signed.

    The headers are checked first: a request without a signature is refused before its body is read.

    Raises: NotAuthenticated, if there is no signature; InvalidSignature; PayloadTooLarge.
    """
    secrets = tuple(settings.WEBHOOK_SECRETS)
    if settings.WEBHOOK_SIGNATURE_SCHEME == 'hub':
        _verify_hub(secrets, request)
    else:
        _verify_standard(secrets, request)


def _verify_standard(secrets: Sequence[str], request: HttpRequest) -> None:
    """https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md."""
    headers = _headers(STANDARD_HEADERS, request)
    timestamp = headers['webhook-timestamp']
    # The library also accepts '1e9' and 'nan'.
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= MAX_TIMESTAMP_LENGTH):
        message = 'The webhook-timestamp is not a whole number of seconds.'
        raise InvalidSignature(message)
    if len(headers['webhook-signature']) > MAX_SIGNATURE_LENGTH:
        raise InvalidSignature
    body = read_body(request)
    if not any(_has_signed(webhook, headers, body) for webhook in _webhooks(secrets)):
        raise InvalidSignature


def _verify_hub(secrets: Sequence[str], request: HttpRequest) -> None:
    """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries."""
    (signature,) = _headers(HUB_HEADERS, request).values()
    given = signature[:MAX_SIGNATURE_LENGTH].encode(errors='replace')
    body = read_body(request)
    expected = [f'sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}'.encode() for secret in secrets]
    # Compare every key, in constant time: the duration does not tell which one matches.
    if not any([hmac.compare_digest(given, each) for each in expected]):  # noqa: C419 - a list, to compare all
        raise InvalidSignature


def _headers(names: Mapping[str, str], request: HttpRequest) -> dict[str, str]:
    headers = {name: request.META.get(key, '') for name, key in names.items()}
    if missing := [name for name, value in headers.items() if not value]:
        message = f'Missing header: {", ".join(missing)}.'
        raise exceptions.NotAuthenticated(message)
    return headers


@cache
def _webhooks(secrets: Sequence[str]) -> list[Webhook]:
    """One verifier for each secret, which decodes its key once."""
    return [Webhook(secret) for secret in secrets]


def _has_signed(webhook: Webhook, headers: Mapping[str, str], body: bytes) -> bool:
    """Raises: InvalidSignature, if the timestamp is out of tolerance, whatever the secret."""
    try:
        webhook.verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        # The library raises ValueError for what is not UTF-8, not base64, or not a pair of version and signature.
        if 'timestamp too' in str(error):
            message = 'The webhook-timestamp differs from the current time by more than 5 minutes.'
            raise InvalidSignature(message) from error
        return False
    return True


@final
class WebhookSignatureScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped base
    """Both schemes as alternatives, and none, for a service without secrets."""

    target_class = 'realmate_challenge.shared.security.signatures.WebhookSignatureAuthentication'
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
