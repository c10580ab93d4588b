"""Middleware for request bodies that no view reads."""

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from realmate_challenge.shared.http.parsers import content_length

CHUNK_BYTES: Final = 64 * 2**10

type Handler = Callable[[HttpRequest], HttpResponseBase]


def drop_unread_bodies(get_response: Handler) -> Handler:
    """Read and drop the rest of a body within the cap. Close the connection after a larger one.

    Otherwise the server closes the connection after an answer that did not need the body. The client may then lose the
    answer, and the next event that it has already sent.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        has_body = content_length(request) > 0 or 'HTTP_TRANSFER_ENCODING' in request.META
        # Servers that do not set the flag of WSGI handle unread bodies themselves.
        is_readable = has_body and request.META.get('wsgi.input_terminated')
        if is_readable and not hasattr(request, '_body') and not _drop_rest(request.META['wsgi.input']):
            response.headers['Connection'] = 'close'
        return response

    return middleware


def _drop_rest(stream: Any) -> bool:  # noqa: ANN401 - the server's
    """Return whether the body ended within the cap."""
    chunks = range(0, settings.WEBHOOK_MAX_BODY_BYTES, CHUNK_BYTES)
    return any(not stream.read(CHUNK_BYTES) for _ in chunks)
