"""Reading a JSON request body: all of it, never more than the cap, exactly once."""

import json
import re
from typing import Final, NoReturn, final

import orjson
from django.conf import settings
from django.http import HttpRequest
from rest_framework import exceptions, parsers, status

JSON: Final = 'application/json'
# The escape of a surrogate, which alone is JSON by its grammar, yet refused by orjson.
SURROGATE_ESCAPE: Final = re.compile(rb'\\u[dD][89a-fA-F]')


class PayloadTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = 'The request body is too large.'
    default_code = 'payload_too_large'


@final
class JSONParser(parsers.JSONParser):
    """Names the media type; `parse_json` does the work.

    REST framework's `request.data` cannot tell an empty body from an empty object, takes a body without Content-Length
    for an empty one, and knows no cap that holds while reading.
    """

    media_type = JSON


def read_body(request: HttpRequest) -> bytes:
    """The raw body, kept on the request for the next caller (a signature is verified over what is parsed later).

    Raises: PayloadTooLarge, having read at most one byte more than `WEBHOOK_MAX_BODY_BYTES`; ParseError, if the body
    is cut short.
    """
    body: bytes | None = getattr(request, '_body', None)
    if body is None:
        body = _read_capped(request, settings.WEBHOOK_MAX_BODY_BYTES)
        request._body = body  # noqa: SLF001 - where Django's own `HttpRequest.body` keeps it
    return body


def _read_capped(request: HttpRequest, cap: int) -> bytes:
    announced = announced_length(request)
    if announced > cap:
        raise PayloadTooLarge
    # A chunked body has no length; a server that marks the end of its input (WSGI's `wsgi.input_terminated`) can still
    # be read to it. Django itself would read nothing.
    stream = request.META['wsgi.input'] if request.META.get('wsgi.input_terminated') else request
    body: bytes = stream.read(cap + 1)
    if len(body) > cap:
        raise PayloadTooLarge
    if len(body) < announced:
        # The sender went away. Of a chunked body nobody can tell; but a JSON object cut short is not JSON.
        message = 'The request body is shorter than its Content-Length.'
        raise exceptions.ParseError(message)
    return body


def announced_length(request: HttpRequest) -> int:
    """Return the length of the body by its header; like Django, take 0 for what is not a number."""
    try:
        return int(request.META.get('CONTENT_LENGTH') or 0)
    except ValueError:
        return 0


def parse_json(request: HttpRequest) -> object:
    """The parsed document.

    Raises: UnsupportedMediaType, PayloadTooLarge, ParseError.
    """
    if request.content_type != JSON:
        raise exceptions.UnsupportedMediaType(request.content_type or '')
    return loads(read_body(request))


def loads(body: bytes) -> object:
    """Raises: ParseError, for what is not JSON by RFC 8259, or nested deeper than orjson's limit of 1,024.

    So `NaN`, a byte order mark, and bytes that are not UTF-8 are refused.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if SURROGATE_ESCAPE.search(body):
            return _parse_with_surrogates(body)
        message = f'Not valid JSON: {error}.'
        raise exceptions.ParseError(message) from error


def _parse_with_surrogates(body: bytes) -> object:
    """The standard library's parser keeps lone surrogates, so that the field they stand in can be named."""
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        message = 'Not valid JSON.'
        raise exceptions.ParseError(message) from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
