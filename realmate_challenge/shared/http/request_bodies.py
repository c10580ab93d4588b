"""Request bodies that no view reads: the connection must be usable for the next request, or be closed."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.defaults import ERROR_PAGE_TEMPLATE

from realmate_challenge.shared.http.exception_handler import plain_error
from realmate_challenge.shared.http.middleware import ADMIN
from realmate_challenge.shared.http.parsers import PayloadTooLarge, announced_length

PIECE_BYTES: Final = 64 * 2**10

type Handler = Callable[[HttpRequest], HttpResponseBase]


def drop_unread_bodies(get_response: Handler) -> Handler:
    """Middleware: read and drop the rest of a body, up to the cap; close the connection if there is more.

    Without it, an answer that is given before the body has been read makes the server close the connection, and the
    next event that the client has already sent is lost. Reading also lets the client see the answer: closing a
    connection with unread data on it may discard the answer.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not hasattr(request, '_body') and _has_body(request) and not _drop_rest(request):
            response.headers['Connection'] = 'close'
        return response

    return middleware


def _has_body(request: HttpRequest) -> bool:
    """Return whether the server can read a body to its end. Other servers (WSGI's flag is not set) do it themselves."""
    is_announced = announced_length(request) > 0 or 'HTTP_TRANSFER_ENCODING' in request.META
    return is_announced and bool(request.META.get('wsgi.input_terminated'))


def _drop_rest(request: HttpRequest) -> bool:
    """Return whether the body ended within the cap."""
    pieces = range(0, settings.WEBHOOK_MAX_BODY_BYTES, PIECE_BYTES)
    return any(not request.META['wsgi.input'].read(PIECE_BYTES) for _ in pieces)


def refuse_large_bodies(get_response: Handler) -> Handler:
    """Middleware for the views that read bodies by Django's own means, which have no cap on uploaded files."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if announced_length(request) <= settings.WEBHOOK_MAX_BODY_BYTES:
            return get_response(request)
        if request.path_info.startswith(ADMIN):
            page = ERROR_PAGE_TEMPLATE % {'title': 'Payload Too Large', 'details': PayloadTooLarge.default_detail}
            return HttpResponse(page, status=PayloadTooLarge.status_code)
        return plain_error('PAYLOAD_TOO_LARGE', PayloadTooLarge.default_detail, PayloadTooLarge.status_code)

    return middleware
