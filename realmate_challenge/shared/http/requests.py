"""Requests whose addresses are UTF-8, whatever `Content-Type` says of the body.

Django decodes the query string by the charset parameter of `Content-Type`, while it makes the request: with
`charset=hex`, which Python knows but not as a text encoding, that is a crash before any view or middleware.
"""

from typing import TYPE_CHECKING, final

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

if TYPE_CHECKING:
    from rest_framework.request import Request


class UTF8Addresses:
    """Mixin before a request class: the charset parameter is ignored. JSON is UTF-8, and so are the admin's forms."""

    @property
    def encoding(self) -> str | None:
        return None

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        pass


@final
class UTF8WSGIRequest(UTF8Addresses, WSGIRequest):
    pass


@final
class UTF8ASGIRequest(UTF8Addresses, ASGIRequest):
    pass


@final
class UTF8WSGIHandler(WSGIHandler):
    request_class = UTF8WSGIRequest


@final
class UTF8ASGIHandler(ASGIHandler):
    request_class = UTF8ASGIRequest


def address_of(request: 'Request') -> str:
    """As `build_absolute_uri` says it, without taking it apart and putting it together again.

    Raises: DisallowedHost.
    """
    return f'{request.scheme}://{request.get_host()}{request.get_full_path()}'
