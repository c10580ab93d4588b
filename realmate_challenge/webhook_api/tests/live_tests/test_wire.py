"""What only a real connection can send."""

from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from uuid import uuid4

import orjson
import pytest

from realmate_challenge.webhook_api.tests.support.clients import JSON, connect
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION, changed


@pytest.fixture
def connection(port: int) -> Iterator[HTTPConnection]:
    with closing(connect(port)) as opened:
        yield opened


def answer(response: HTTPResponse) -> tuple[int, str | None]:
    """Status and code of the error, if it is one."""
    body = response.read()
    document: Any = orjson.loads(body) if body else None
    return response.status, document and document['errors'][0]['code']


def opening() -> bytes:
    return orjson.dumps(changed(NEW_CONVERSATION, 'data.id', str(uuid4())))


def in_chunks(body: bytes, size: int = 1000) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def test_a_chunked_body_is_read(connection: HTTPConnection) -> None:
    connection.request('POST', '/webhook/', in_chunks(opening(), 10), JSON, encode_chunked=True)

    assert answer(connection.getresponse()) == (204, None)


def test_a_chunked_body_over_the_cap_is_refused(connection: HTTPConnection) -> None:
    # The server may hang up on who keeps talking; its answer came first.
    with suppress(OSError):
        connection.request('POST', '/webhook/', in_chunks(b' ' * 3_000_000, 50_000), JSON, encode_chunked=True)

    assert answer(connection.getresponse()) == (413, 'PAYLOAD_TOO_LARGE')


@pytest.mark.parametrize('size', [2**20 + 1, 3_000_000])
def test_a_body_over_the_cap_is_refused(connection: HTTPConnection, size: int) -> None:
    with suppress(OSError):
        connection.request('POST', '/webhook/', opening().ljust(size), JSON)

    assert answer(connection.getresponse()) == (413, 'PAYLOAD_TOO_LARGE')


def test_no_body_at_all(connection: HTTPConnection) -> None:
    connection.request('POST', '/webhook/', headers=JSON)

    assert answer(connection.getresponse()) == (400, 'PARSE_ERROR')


def test_a_charset_that_is_no_text_encoding(connection: HTTPConnection) -> None:
    headers = {'Content-Type': 'application/json; charset=hex'}
    connection.request('POST', '/webhook/?x=1', opening(), headers)

    assert answer(connection.getresponse()) == (204, None)


def test_addresses_with_odd_bytes(connection: HTTPConnection) -> None:
    for path in ('/conversations/%00/', '/conversations/%ff%fe/', '/conversations/%ED%A0%80/?page=%00'):
        connection.request('GET', path)
        status, _ = answer(connection.getresponse())
        assert status in {400, 404}


def test_one_connection_serves_many_events(connection: HTTPConnection) -> None:
    for _ in range(20):
        connection.request('POST', '/webhook', opening(), JSON)
        assert answer(connection.getresponse()) == (204, None)


def test_static_files_are_served_for_the_docs(connection: HTTPConnection) -> None:
    connection.request('GET', '/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css')
    response = connection.getresponse()

    assert response.status == 200
    assert response.headers['Content-Type'].startswith('text/css')
    assert response.read()
