"""Middleware: security for every request, and Django's own middleware only for pages."""

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, final

from django.conf import settings
from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase
from django.middleware import locale
from django.urls import ResolverMatch, resolve
from django.utils import translation
from django.views import defaults
from rest_framework import status

from realmate_challenge.shared.http.exception_handler import plain_error

# The logger that Django names for this error.
logger: Final = logging.getLogger('django.security.DisallowedHost')

HEALTH_CHECKS: Final = frozenset({'/health/live', '/health/ready'})
MACHINE_PATHS: Final = HEALTH_CHECKS | {'/webhook/', '/webhook', '/metrics'}
READING: Final = '/conversations/'

ADMIN: Final = '/admin/'
# Text that came from strangers is escaped; should that ever fail, this keeps it from running.
ADMIN_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

type Handler = Callable[[HttpRequest], HttpResponseBase]


@final
class TransportSecurityMiddleware:
    """Refuse foreign hosts and reads over plain HTTP, and set the security headers of every response.

    Django's SecurityMiddleware costs three times as much, and `ShortCut` leaves it out.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self._host_error = lru_cache(maxsize=64)(_host_error)
        preload = '; preload' if settings.SECURE_HSTS_PRELOAD else ''
        self._hsts = f'max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains{preload}'

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_plain_http = settings.HTTPS and not request.is_secure()
        response = self._refusal(request, is_plain_http=is_plain_http) or self.get_response(request)
        response.headers['X-Content-Type-Options'] = 'nosniff'
        response.headers['Referrer-Policy'] = 'same-origin'
        # RFC 6797, section 7.2, forbids the header over plain HTTP.
        if settings.HTTPS and not is_plain_http:
            response.headers['Strict-Transport-Security'] = self._hsts
        if request.path_info.startswith(READING):
            response.headers['Cache-Control'] = 'no-store'
        return response

    def _refusal(self, request: HttpRequest, *, is_plain_http: bool) -> HttpResponseBase | None:
        path = request.path_info
        if path in HEALTH_CHECKS:
            return None
        if error := self._host_error(request.META.get('HTTP_HOST', request.META['SERVER_NAME'])):
            logger.warning(error)
            if path.startswith(ADMIN):
                return defaults.bad_request(request, DisallowedHost())
            return plain_error('BAD_REQUEST', 'The Host header is not allowed.', status.HTTP_400_BAD_REQUEST)
        if is_plain_http and path.startswith(READING):
            message = 'Conversations are served over https:// only.'
            return plain_error('PERMISSION_DENIED', message, status.HTTP_403_FORBIDDEN)
        return None


def _host_error(host: str) -> str:
    """Django's error message for a host that is not in ALLOWED_HOSTS; empty for one that is."""
    request = HttpRequest()
    request.META['HTTP_HOST'] = host
    try:
        request.get_host()
    except DisallowedHost as error:
        return str(error)[:200]
    return ''


@final
class ShortCut:
    """Takes machines straight to their view, around all middleware that follows and Django's search for the view.

    The platform, the probes and whoever reads without a cookie need no session, no CSRF token, no login page and no
    language: a fifth of what an event would cost. Middleware that all need stands before it.
    """

    def __init__(self, get_response: Handler) -> None:
        self._long_way = get_response
        self._found: dict[str, ResolverMatch] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path in MACHINE_PATHS:
            match = self._found.get(path) or self._found.setdefault(path, resolve(path))
        elif path.startswith(READING) and not request.META.get('HTTP_COOKIE'):
            match = resolve(path)
        else:
            return self._long_way(request)
        request.resolver_match = match
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        # As Django does it, which lets template responses wait for its middleware.
        return response.render() if hasattr(response, 'render') else response


@final
class AdminLocaleMiddleware(locale.LocaleMiddleware):
    """The admin speaks the reader's language; the API speaks English to everybody, for its readers are machines."""

    def __call__(self, request: HttpRequest) -> Any:  # noqa: ANN401 - as the middleware classes say it
        if not request.path_info.startswith(ADMIN):
            return self.get_response(request)
        try:
            return super().__call__(request)
        finally:
            # Django leaves the language to the thread's next request, which may be the API's.
            translation.deactivate()


@final
class AdminSecurityPolicyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path_info.startswith(ADMIN):
            response.headers['Content-Security-Policy'] = ADMIN_POLICY
        return response


def refuse_nul(get_response: Handler) -> Handler:
    """Refuse a NUL in an address or a cookie: PostgreSQL's text cannot hold one, so that a look-up would be a 500."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        query = request.META['QUERY_STRING'].replace('%00', '\0')
        if '\0' in ''.join((request.path_info, query, *request.COOKIES.values())):
            message = 'A NUL in the address or in a cookie.'
            raise SuspiciousOperation(message)
        return get_response(request)

    return middleware
