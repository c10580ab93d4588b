"""Django's middleware for people's pages, out of the way of the machines that call the hot paths."""

from collections.abc import Callable
from typing import Any, Final, final

import whitenoise.middleware  # type: ignore[import-untyped]  # the package ships no types
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponseBase
from django.middleware import common, locale
from django.utils import translation

MACHINE_PATHS: Final = frozenset({'/webhook/', '/webhook', '/health/live', '/health/ready', '/metrics'})

ADMIN: Final = '/admin/'
# Text that came from strangers is escaped; should that ever fail, this keeps it from running.
ADMIN_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class PagesOnly:
    """Mixin before a middleware class: on a machine's path, go straight to the next."""

    def __call__(self, request: HttpRequest) -> Any:  # noqa: ANN401 - as the middleware classes say it
        if request.path_info in MACHINE_PATHS:
            return self.get_response(request)  # type: ignore[attr-defined]  # of the class that this is mixed into
        return super().__call__(request)  # type: ignore[misc]  # the same


@final
class WhiteNoiseMiddleware(PagesOnly, whitenoise.middleware.WhiteNoiseMiddleware):  # type: ignore[misc]  # untyped
    pass


@final
class SessionMiddleware(PagesOnly, sessions.SessionMiddleware):
    pass


@final
class CommonMiddleware(PagesOnly, common.CommonMiddleware):
    pass


@final
class AuthenticationMiddleware(PagesOnly, auth.AuthenticationMiddleware):
    pass


@final
class MessageMiddleware(PagesOnly, messages.MessageMiddleware):
    pass


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
