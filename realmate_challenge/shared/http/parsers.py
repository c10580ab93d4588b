"""Read and parse a JSON request body.

REST framework's `request.data` reads a body without Content-Length as empty, returns an empty object for an empty body,
and does not limit the size while reading.
"""

import json
from typing import Final, Never

import orjson
from django.conf import settings
from django.http import HttpRequest
from rest_framework import exceptions, status

JSON: Final = 'application/json'
NOT_JSON: Final = 'The body must be application/json without Content-Encoding.'


class PayloadTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = 'The request body is too large.'
    default_code = 'payload_too_large'


def read_body(request: HttpRequest) -> bytes:
    """Return the raw body, and keep it in the request: the signature and the parser need the same bytes.

    Raises: PayloadTooLarge, after reading at most `WEBHOOK_MAX_BODY_BYTES` and one byte; ParseError, if the body is
    shorter than its Content-Length.
    """
    body: bytes | None = getattr(request, '_body', None)
    if body is None:
        body = request._body = _read_capped(request, settings.WEBHOOK_MAX_BODY_BYTES)  # noqa: SLF001 - the attribute of Django's `HttpRequest.body`
    return body


def _read_capped(request: HttpRequest, cap: int) -> bytes:
    length = content_length(request)
    # A chunked body has no length, and Django reads nothing of it. A server that sets `wsgi.input_terminated` marks the
    # end of the body in the stream.
    stream = request.META['wsgi.input'] if request.META.get('wsgi.input_terminated') else request
    body: bytes = stream.read(cap + 1) if length <= cap else b''
    if max(length, len(body)) > cap:
        raise PayloadTooLarge
    if len(body) < length:
        message = 'The request body is shorter than its Content-Length.'
        raise exceptions.ParseError(message)
    return body


def content_length(request: HttpRequest) -> int:
    """Return the value of Content-Length, or 0 if it is missing or not a number."""
    try:
        return int(request.META.get('CONTENT_LENGTH') or 0)
    except ValueError:
        return 0


def parse_json(request: HttpRequest) -> object:
    """Return the parsed body.

    Raises: UnsupportedMediaType, PayloadTooLarge, ParseError.
    """
    if request.content_type != JSON or (request.META.get('HTTP_CONTENT_ENCODING') or 'identity').lower() != 'identity':
        raise exceptions.UnsupportedMediaType(request.content_type or '', NOT_JSON)
    return loads(read_body(request))


def loads(body: bytes) -> object:
    """Return a JSON document (RFC 8259, in UTF-8) as Python objects.

    Raises: ParseError, also for `NaN`, a byte order mark, and too many nested arrays or objects.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _loads_slowly(body)


def _loads_slowly(body: bytes) -> object:
    """Decide about what orjson refuses: it refuses lone surrogates, also under unknown keys, and some large numbers."""
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        message = f'Not valid JSON: {error}.'
        raise exceptions.ParseError(message) from error


def _refuse_constant(name: str) -> Never:
    message = f'{name} is not a number'
    raise ValueError(message)
