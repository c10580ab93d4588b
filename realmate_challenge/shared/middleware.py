"""Django's middleware for people's pages, out of the way of the machines that call the hot paths."""

from collections.abc import Callable
from typing import Any, Final, final

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase
from django.middleware import locale
from django.urls import ResolverMatch, resolve
from django.utils import translation

MACHINE_PATHS: Final = frozenset({'/webhook/', '/webhook', '/health/live', '/health/ready', '/metrics'})
READING: Final = '/conversations/'

ADMIN: Final = '/admin/'
# Text that came from strangers is escaped; should that ever fail, this keeps it from running.
ADMIN_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

type Handler = Callable[[HttpRequest], HttpResponseBase]


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
        response = response.render() if hasattr(response, 'render') else response
        # Of what SecurityMiddleware sets, the part that means something for JSON.
        response.headers['X-Content-Type-Options'] = 'nosniff'
        return response


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
