"""The production entry point: debug is off, and there is no start without DJANGO_SECRET_KEY."""

import gc
import os
import sys
from collections.abc import Iterable
from typing import Any, Final

import django
from django.conf import settings
from django.core.cache import close_caches
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries
from django.db.backends.signals import connection_created

from realmate_challenge.shared.database.cursors import close_with_thread
from realmate_challenge.shared.database.retries import drop_broken_connection
from realmate_challenge.shared.environment import forget_secrets
from realmate_challenge.shared.http.requests import UTF8WSGIHandler

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'realmate_challenge.settings')

try:
    # As `get_wsgi_application` does it, but for the handler.
    django.setup(set_prefix=False)
    _handler: Final[Any] = UTF8WSGIHandler()
    forget_secrets()
except ImproperlyConfigured as error:
    sys.exit(f'Configuration error: {error}')

# Django's receivers at the start and the end of each request cost a twelfth of the CPU of an event. Persistent
# connections need only `drop_broken_connection`, below; caches are not used, and the URL configuration never changes.
for signal in (request_started, request_finished):
    signal.disconnect(close_old_connections)
request_finished.disconnect(close_caches)
request_finished.disconnect(reset_urlconf)
if not settings.DEBUG:
    request_started.disconnect(reset_queries)

connection_created.connect(close_with_thread)

# What is loaded by now stays. Without `freeze`, full collections scan it, and stop all threads for up to 100 ms. A
# request leaves few cycles, so collections may be rarer than the default, which saves 2 % of the CPU of an event.
gc.collect()
gc.freeze()
gc.set_threshold(5_000, 20, 100)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - PEP 3333's callable
    """Call Django, and return the body as a list: granian sends a list at once, and anything else as a stream."""
    try:
        response = _handler(environ, start_response)
        if response.streaming:
            return response  # type: ignore[no-any-return]  # an iterable of bytes, by PEP 3333
        body = response.content
        response.close()
        return [body]
    finally:
        drop_broken_connection()
