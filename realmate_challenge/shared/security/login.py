"""Limits on logging in to the admin: one password check at a time, and a lock after repeated failures (django-axes)."""

from datetime import timedelta
from threading import BoundedSemaphore
from typing import Any, Final

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from realmate_challenge.shared.observability.security_log import MAX_NAME_LENGTH

MOMENT: Final = timedelta(seconds=1)

# A password check occupies a thread for some tenths of a second, and a worker has few threads.
_password_check: Final = BoundedSemaphore()


def log_in(request: HttpRequest) -> HttpResponse:
    """Django's log-in view, for one attempt at a time in each worker; answer further ones with 429 at once."""
    if request.method != 'POST':
        return admin.site.login(request)
    if not _password_check.acquire(blocking=False):
        return _too_many_attempts(request, MOMENT)
    try:
        return admin.site.login(request)
    finally:
        _password_check.release()


def locked_out(request: HttpRequest, response: HttpResponse, credentials: object) -> HttpResponse:  # noqa: ARG001 - the signature of AXES_LOCKOUT_CALLABLE
    return _too_many_attempts(request, settings.AXES_COOLOFF_TIME)


def _too_many_attempts(request: HttpRequest, wait: timedelta) -> HttpResponse:
    page = render(request, 'admin/too_many_attempts.html', {'is_locked': wait > MOMENT}, status=429)
    page.headers['Retry-After'] = str(int(wait.total_seconds()))
    return page


def user_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:  # noqa: ARG001 - the signature of AXES_USERNAME_CALLABLE
    """Return the name that was given, cut: clients send any length, and django-axes stores up to 255 characters."""
    return str((credentials or {}).get('username', ''))[:MAX_NAME_LENGTH]
