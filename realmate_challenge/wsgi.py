"""The production entry point: debug is off by default, and DJANGO_SECRET_KEY is required."""

import gc
from collections.abc import Iterable
from contextlib import closing
from typing import Any, Final

from django.conf import settings
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries
from django.db.backends.signals import connection_created

from realmate_challenge.shared.database.cursors import close_with_thread
from realmate_challenge.shared.database.retries import drop_broken_connection
from realmate_challenge.shared.http.requests import UTF8WSGIHandler
from realmate_challenge.startup import start

_handler: Final[Any] = start(UTF8WSGIHandler)

# Disconnect Django's receivers at the start and the end of each request: they cost a tenth of the CPU of an event.
# Connections are persistent, and `application` closes a broken one. There are no caches, and the URLs never change.
for signal in (request_started, request_finished):
    signal.disconnect(close_old_connections)
request_finished.disconnect(close_caches)
request_finished.disconnect(reset_urlconf)
if not settings.DEBUG:
    request_started.disconnect(reset_queries)
connection_created.connect(close_with_thread)

# Exclude what is loaded by now from garbage collections: full collections stop all threads for up to 100 ms without it.
gc.collect()
gc.freeze()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401 - PEP 3333's callable
    """Call Django, and return the body as a list: granian sends anything else in chunks, without `Content-Length`."""
    try:
        response = _handler(environ, start_response)
        if response.streaming:
            return response  # type: ignore[no-any-return]  # an iterable of bytes, by PEP 3333
        with closing(response):
            return [response.content]
    finally:
        drop_broken_connection()
