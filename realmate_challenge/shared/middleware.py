"""Django's middleware for people's pages, out of the way of the machines that call the hot paths."""

from typing import Any, Final, final

import whitenoise.middleware  # type: ignore[import-untyped]  # the package ships no types
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest
from django.middleware import common, csrf

MACHINE_PATHS: Final = frozenset({'/webhook/', '/webhook', '/health/live', '/health/ready', '/metrics'})


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
class CsrfViewMiddleware(PagesOnly, csrf.CsrfViewMiddleware):
    pass


@final
class AuthenticationMiddleware(PagesOnly, auth.AuthenticationMiddleware):
    pass


@final
class MessageMiddleware(PagesOnly, messages.MessageMiddleware):
    pass
