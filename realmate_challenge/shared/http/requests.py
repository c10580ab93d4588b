"""Requests and handlers that ignore the charset parameter of `Content-Type`.

Django decodes the query string and forms with that charset. `charset=hex`, which is a codec of Python but not a text
encoding, then raises an exception before any middleware runs. JSON and the forms of the admin are always UTF-8.
"""

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest


class UTF8Request:
    """Mixin for the request class of a server interface."""

    @property
    def encoding(self) -> str | None:
        return None

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        """Ignore the charset parameter, which Django assigns before it reads the query string."""


class UTF8WSGIRequest(UTF8Request, WSGIRequest):
    """A request of a WSGI server."""


class UTF8ASGIRequest(UTF8Request, ASGIRequest):
    """A request of an ASGI server."""


class UTF8WSGIHandler(WSGIHandler):
    request_class = UTF8WSGIRequest


class UTF8ASGIHandler(ASGIHandler):
    request_class = UTF8ASGIRequest
