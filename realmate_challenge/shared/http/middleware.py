"""Middleware for every request, and a short cut around Django's middleware for requests without a session."""

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase
from django.middleware import locale
from django.urls import ResolverMatch, resolve
from django.utils import translation
from rest_framework import exceptions

from realmate_challenge.shared.http.exception_handler import ADMIN, BadRequest, error_response, handle_admin_exception
from realmate_challenge.shared.http.parsers import PayloadTooLarge, content_length

# The logger that Django uses for this error.
logger: Final = logging.getLogger('django.security.DisallowedHost')

HEALTH_CHECKS: Final = frozenset({'/health/live', '/health/ready'})
MACHINE_PATHS: Final = HEALTH_CHECKS | {'/webhook/', '/webhook', '/metrics'}
READING: Final = '/conversations'  # a prefix, with and without the trailing slash

# The admin shows text of WhatsApp users. Django escapes it; this policy forbids scripts if escaping is ever missing.
ADMIN_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
DOCS_POLICY: Final = (
    "default-src 'none'; script-src 'self'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    # Both pages create styles, and ReDoc searches in a worker that it creates.
    "style-src 'self' 'unsafe-inline'; worker-src blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# By the first part of the path.
POLICIES: Final = {'admin': ADMIN_POLICY, 'docs': DOCS_POLICY, 'redoc': DOCS_POLICY}

type Handler = Callable[[HttpRequest], HttpResponseBase]


class TransportSecurityMiddleware:
    """Refuse unknown hosts and reads over plain HTTP, and set the security headers of every response.

    Django's SecurityMiddleware costs three times as much, and `ShortCut` does not call it.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self._host_error = lru_cache(maxsize=64)(_host_error)
        preload = '; preload' if settings.SECURE_HSTS_PRELOAD else ''
        self._hsts = f'max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains{preload}'

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_plain_http = settings.HTTPS and not request.is_secure()
        error = self._error(request, is_plain_http=is_plain_http)
        response = error_response(request, error) if error else self.get_response(request)
        response.headers['X-Content-Type-Options'] = 'nosniff'
        response.headers['Referrer-Policy'] = 'same-origin'
        # RFC 6797, section 7.2, forbids the header over plain HTTP.
        if settings.HTTPS and not is_plain_http:
            response.headers['Strict-Transport-Security'] = self._hsts
        if request.path_info.startswith(READING):
            response.headers['Cache-Control'] = 'no-store'
        elif policy := POLICIES.get(request.path_info.partition('/')[2].partition('/')[0]):
            response.headers['Content-Security-Policy'] = policy
        return response

    def _error(self, request: HttpRequest, *, is_plain_http: bool) -> exceptions.APIException | None:
        if request.path_info in HEALTH_CHECKS:
            return None
        if message := self._host_error(request.META.get('HTTP_HOST', request.META['SERVER_NAME'])):
            logger.warning(message)
            return BadRequest('The Host header is not allowed.')
        if is_plain_http and request.path_info.startswith(READING):
            return exceptions.PermissionDenied('Conversations are available over https:// only.')
        return None


def _host_error(host: str) -> str:
    """Return Django's error message for a host that is not in ALLOWED_HOSTS, or an empty string."""
    request = HttpRequest()
    request.META['HTTP_HOST'] = host
    try:
        request.get_host()
    except DisallowedHost as error:
        return str(error)[:200]
    return ''


class ShortCut:
    """Call the view of a request without a session directly, without the middleware that follows.

    Webhooks, health checks and reads without a cookie need no session, CSRF token, login page or language. This saves
    a third of the CPU time of an event. Middleware for every request comes before this class.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self._matches: dict[str, ResolverMatch] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path in MACHINE_PATHS:
            match = self._matches.get(path) or self._matches.setdefault(path, resolve(path))
        elif path.startswith(READING) and not request.META.get('HTTP_COOKIE'):
            match = resolve(path)
        else:
            return self.get_response(request)
        request.resolver_match = match
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        # Django renders a template response after the middleware of views.
        return response.render() if hasattr(response, 'render') else response


class AdminLocaleMiddleware(locale.LocaleMiddleware):
    """Show the admin in the language of the browser. The API is always in English."""

    def __call__(self, request: HttpRequest) -> Any:  # noqa: ANN401 - as annotated by Django
        if not request.path_info.startswith(ADMIN):
            return self.get_response(request)
        # Django leaves the language active in the thread, whose next request may be for the API.
        with translation.override(settings.LANGUAGE_CODE):
            return super().__call__(request)


class InputLimits:
    """Refuse what Django would pass on: large uploads, NUL, and values that the look-ups of the admin cannot use.

    PostgreSQL cannot compare NUL, and Django does not limit uploaded files.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if content_length(request) > settings.WEBHOOK_MAX_BODY_BYTES:
            return error_response(request, PayloadTooLarge())
        query = request.META['QUERY_STRING'].replace('%00', '\0')
        if '\0' in ''.join((request.path_info, query, *request.COOKIES.values())):
            message = 'NUL in the URL or in a cookie.'
            raise SuspiciousOperation(message)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        return handle_admin_exception(request, exception) if request.path_info.startswith(ADMIN) else None
