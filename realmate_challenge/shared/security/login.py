"""Limits on logging in to the admin: one password check at a time, and a lock after repeated failures (django-axes)."""

from threading import BoundedSemaphore
from typing import Any, Final

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from realmate_challenge.shared.observability.security_log import printable

# A password check occupies a thread for some tenths of a second, and a worker has few threads.
_password_check: Final = BoundedSemaphore()


def log_in(request: HttpRequest) -> HttpResponse:
    """Call Django's login view, or answer 429 while this worker checks another password."""
    if request.method != 'POST':
        return admin.site.login(request)
    if not _password_check.acquire(blocking=False):
        return _too_many_attempts(request, 1)
    try:
        return admin.site.login(request)
    finally:
        _password_check.release()


def locked_out(request: HttpRequest, response: HttpResponse, credentials: object) -> HttpResponse:  # noqa: ARG001 - the signature of AXES_LOCKOUT_CALLABLE
    return _too_many_attempts(request, int(settings.AXES_COOLOFF_TIME.total_seconds()))


def _too_many_attempts(request: HttpRequest, seconds: int) -> HttpResponse:
    page = render(request, 'admin/too_many_attempts.html', {'is_locked': seconds > 1}, status=429)
    page.headers['Retry-After'] = str(seconds)
    return page


def user_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:  # noqa: ARG001 - the signature of AXES_USERNAME_CALLABLE
    """Return the user name as it is logged: django-axes stores up to 255 characters, and clients send more."""
    return printable((credentials or {}).get('username', ''))
