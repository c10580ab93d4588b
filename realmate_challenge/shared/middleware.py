"""Django's middleware for people's pages, out of the way of the machines that call the hot paths."""

from collections.abc import Callable
from typing import Any, ClassVar, Final, final

from django.http import HttpRequest, HttpResponseBase
from django.middleware import locale
from django.utils import translation

MACHINE_PATHS: Final = frozenset({'/webhook/', '/webhook', '/health/live', '/health/ready', '/metrics'})

ADMIN: Final = '/admin/'
# Text that came from strangers is escaped; should that ever fail, this keeps it from running.
ADMIN_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

type Handler = Callable[[HttpRequest], HttpResponseBase]


@final
class ShortCut:
    """A way around all middleware between this and `short_cut_end`, for the paths of machines.

    The platform and the probes need no session, no CSRF token, no login and no language: a tenth of the calls that
    an event costs. Middleware that all need stands before it.
    """

    innermost: ClassVar[list[Handler]] = []

    def __init__(self, get_response: Handler) -> None:
        self._long_way = get_response
        # Django makes middleware from the inside out: the end of the way is there by now.
        self._short_way = self.innermost.pop()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return (self._short_way if request.path_info in MACHINE_PATHS else self._long_way)(request)


def short_cut_end(get_response: Handler) -> Handler:
    """Innermost middleware, which adds nothing: what it would call is what the short way calls."""
    ShortCut.innermost.append(get_response)
    return get_response


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
