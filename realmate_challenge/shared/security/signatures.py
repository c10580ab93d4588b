"""Verify webhook signatures over the raw body: Standard Webhooks, and X-Hub-Signature-256."""

import hmac
from functools import cache
from hashlib import sha256
from time import time
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.http.request import HttpHeaders
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions
from rest_framework.request import Request
from standardwebhooks import Webhook, WebhookVerificationError

from realmate_challenge.shared.http.parsers import read_body

HUB_HEADER: Final = 'X-Hub-Signature-256'
# Enough for dozens of signatures. Without a limit, a long header would cost thousands of comparisons.
MAX_HEADER_LENGTH: Final = 4096
# Security schemes of OpenAPI: name, header and description.
SCHEMES: Final = {
    'webhookId': ('webhook-id', 'Standard Webhooks: the id of the delivery.'),
    'webhookTimestamp': ('webhook-timestamp', 'Standard Webhooks: seconds since 1970, ±5 minutes.'),
    'webhookSignature': ('webhook-signature', 'Standard Webhooks: `v1,` and base64 HMAC-SHA256 of id.timestamp.body.'),
    'hubSignature': (HUB_HEADER, 'As WhatsApp and GitHub sign: `sha256=` and the hex HMAC-SHA256 of the body.'),
}

# Decode each secret, and derive each name, once.
_verifier: Final = cache(Webhook)
_wsgi_name: Final = cache(HttpHeaders.to_wsgi_name)


class InvalidSignature(exceptions.AuthenticationFailed):
    default_code = 'invalid_signature'
    default_detail = 'No secret matches the signature.'


class WebhookSignatureAuthentication(authentication.BaseAuthentication):
    """Refuse a request without a valid signature. The sender is no user."""

    def authenticate(self, request: Request) -> None:
        """Verify that one of `WEBHOOK_SECRETS` has signed the request. Without secrets, accept it.

        The headers are checked first: a request without a signature is refused before its body is read.

        Raises: NotAuthenticated, if there is no signature; InvalidSignature; PayloadTooLarge.
        """
        if settings.WEBHOOK_SECRETS:
            verify = _verify_hub if settings.WEBHOOK_SIGNATURE_SCHEME == 'hub' else _verify_standard
            verify(request._request)  # noqa: SLF001 - documented way to Django's request

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - REST framework's signature
        return 'Signature'


def hub_signature(secret: str, body: bytes) -> str:
    """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries."""
    return f'sha256={hmac.digest(secret.encode(), body, sha256).hex()}'


def _verify_hub(request: HttpRequest) -> None:
    given = _headers(request, HUB_HEADER)[HUB_HEADER].encode(errors='replace')
    body = read_body(request)
    # Compare every key, in constant time: the duration does not tell which one matches.
    matches = [hmac.compare_digest(given, hub_signature(key, body).encode()) for key in settings.WEBHOOK_SECRETS]
    if not any(matches):
        raise InvalidSignature


def _verify_standard(request: HttpRequest) -> None:
    """https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md."""
    headers = _headers(request, 'webhook-id', 'webhook-timestamp', 'webhook-signature')
    timestamp = headers['webhook-timestamp']
    # The library also accepts '1e9' and 'nan'.
    if not (timestamp.isascii() and timestamp.isdigit()):
        raise InvalidSignature(detail='The webhook-timestamp is not a whole number of seconds.')
    body = read_body(request)
    for secret in settings.WEBHOOK_SECRETS:
        try:
            _verifier(secret).verify(body, headers, json_parse=False)
        except (WebhookVerificationError, ValueError) as error:
            # ValueError: not UTF-8, not base64, or not a pair of version and signature.
            if 'timestamp too' in str(error):
                message = f'The webhook-timestamp is {int(timestamp) - time():+.0f} seconds from now; 300 are allowed.'
                raise InvalidSignature(detail=message) from error
        else:
            return
    raise InvalidSignature


def _headers(request: HttpRequest, *names: str) -> dict[str, str]:
    headers = {name: request.META.get(_wsgi_name(name), '')[:MAX_HEADER_LENGTH] for name in names}
    if missing := [name for name, value in headers.items() if not value]:
        raise exceptions.NotAuthenticated(detail=f'Missing header: {", ".join(missing)}.')
    return headers


class WebhookSignatureScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped base
    """Offer both schemes as alternatives, and no signature, for a service without secrets."""

    target_class = WebhookSignatureAuthentication
    name = list(SCHEMES)  # noqa: RUF012 - an instance variable in the base class

    def get_security_requirement(self, auto_schema: object) -> list[dict[str, list[Any]]]:  # noqa: ARG002 - its signature
        *standard, hub = self.name
        return [{name: [] for name in standard}, {hub: []}, {}]

    def get_security_definition(self, auto_schema: object) -> Any:  # noqa: ANN401, ARG002 - its signature
        return [
            {'type': 'apiKey', 'in': 'header', 'name': header, 'description': text} for header, text in SCHEMES.values()
        ]
