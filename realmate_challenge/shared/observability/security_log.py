"""The security log: who logged in, who was refused, and who read, erased or settled what. Never contents or secrets."""

import logging
import re
from ipaddress import ip_address
from typing import Any, Final

from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from rest_framework import exceptions
from rest_framework.request import Request

logger: Final = logging.getLogger('realmate_challenge.security')

MAX_NAME_LENGTH: Final = 150  # of Django's user names

REFUSALS: Final = (exceptions.NotAuthenticated, exceptions.AuthenticationFailed, exceptions.PermissionDenied)
# Only the characters of Django's user names are shown, so that no input can forge a line or a field of one.
UNSAFE: Final = re.compile(r'[^\w.@+-]')


def client_address(request: HttpRequest) -> str | None:
    """Return the address of the client, which the TLS proxy appends to `X-Forwarded-For`.

    Without a proxy the client writes that header, so it counts only where `DJANGO_HTTPS` is on.
    """
    forwarded = request.META.get('HTTP_X_FORWARDED_FOR', '') if settings.HTTPS else ''
    try:
        return str(ip_address(forwarded.rpartition(',')[2].strip().partition('%')[0]))
    except ValueError:
        return request.META.get('REMOTE_ADDR')


def record(
    request: HttpRequest | Request, action: str, user: object, *, level: int = logging.INFO, **facts: object
) -> None:
    """Write one line. `user` is a user or the name that a client gave."""
    logger.log(level, action, extra={'user': printable(user), 'address': client_address(request), **facts})


def printable(text: object) -> str:
    return UNSAFE.sub('?', str(text)[:MAX_NAME_LENGTH])


def record_refusal(request: Request, view: object, error: exceptions.APIException) -> None:
    # Only a refused permission has a user. Asking for the user of other requests would authenticate them again.
    user = request.user if isinstance(error, exceptions.PermissionDenied) else ''
    facts = {'view': type(view).__name__, 'reason': error.get_codes()}
    record(request, 'access refused', user, level=logging.WARNING, **facts)


@receiver(user_logged_in)
def _record_login(request: HttpRequest, user: AbstractBaseUser, **_: object) -> None:
    record(request, 'logged in', user)


@receiver(user_logged_out)
def _record_logout(request: HttpRequest, user: AbstractBaseUser | None, **_: object) -> None:
    record(request, 'logged out', user or '')


@receiver(user_login_failed)
def _record_failed_login(request: HttpRequest, credentials: dict[str, Any], **_: object) -> None:
    record(request, 'log-in failed', credentials.get('username', ''), level=logging.WARNING)


@receiver(user_locked_out)
def _record_lock(request: HttpRequest, username: str, **_: object) -> None:
    record(request, 'log-in locked', username, level=logging.WARNING)
