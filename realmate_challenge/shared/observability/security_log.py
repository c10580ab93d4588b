"""The security log: logins, refusals, and who read, erased or settled what. It contains no contents and no secrets."""

import logging
import re
from ipaddress import ip_address
from typing import Any, Final

from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import Signal, receiver
from django.http import HttpRequest
from rest_framework import exceptions
from rest_framework.request import Request

from realmate_challenge.shared.observability.logs import log_facts

logger: Final = logging.getLogger('realmate_challenge.security')

REFUSALS: Final = (exceptions.NotAuthenticated, exceptions.AuthenticationFailed, exceptions.PermissionDenied)
# All but the characters of Django's user names: no input can forge a line or a field.
UNSAFE: Final = re.compile(r'[^\w.@+-]')


def client_address(request: HttpRequest) -> str | None:
    """Return the address of the client, which the TLS proxy appends to `X-Forwarded-For`.

    Without a proxy, clients can forge that header: it is ignored unless `DJANGO_HTTPS` is on.
    """
    forwarded = request.META.get('HTTP_X_FORWARDED_FOR', '') if settings.HTTPS else ''
    try:
        return str(ip_address(forwarded.rpartition(',')[2].strip().partition('%')[0]))
    except ValueError:
        return request.META.get('REMOTE_ADDR')


def record(request: HttpRequest, action: str, user: object, *, level: int = logging.INFO, **facts: object) -> None:
    """Write one line. `user` is a user or the name that a client gave."""
    log_facts(logger, level, action, {'user': printable(user), 'address': client_address(request), **facts})


def printable(text: object) -> str:
    """Return the text with unsafe characters replaced, truncated to the 150 characters of a Django user name."""
    return UNSAFE.sub('?', str(text)[:150])


def record_refusal(request: Request, view: object, error: exceptions.APIException) -> None:
    # Only a refused permission has a user: `request.user` would authenticate other requests again.
    user = request.user if isinstance(error, exceptions.PermissionDenied) else ''
    facts = {'view': type(view).__name__, 'reason': error.get_codes(), 'detail': str(error.detail)}
    record(request, 'access refused', user, level=logging.WARNING, **facts)


@receiver([user_logged_in, user_logged_out])
def _record_session(request: HttpRequest, user: AbstractBaseUser | None, signal: Signal, **_: object) -> None:
    record(request, 'logged in' if signal is user_logged_in else 'logged out', user or '')


@receiver(user_login_failed)
def _record_failed_login(request: HttpRequest, credentials: dict[str, Any], **_: object) -> None:
    record(request, 'log-in failed', credentials.get('username', ''), level=logging.WARNING)


@receiver(user_locked_out)
def _record_lock(request: HttpRequest, username: str, **_: object) -> None:
    record(request, 'log-in locked', username, level=logging.WARNING)
