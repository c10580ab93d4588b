"""Requests that only a real connection can send, and events behind a request whose body the server did not read."""

from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from http.client import HTTPConnection
from socket import create_connection
from typing import Any, Final
from uuid import uuid4

import orjson
import pytest

from realmate_challenge.webhook_api.tests.support import signing
from realmate_challenge.webhook_api.tests.support.clients import JSON, connect, signed
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION, changed

TEXT: Final = {'Content-Type': 'text/plain'}
# Around the sizes at which the server has read a part of the body when it answers.
SIZES: Final = range(90_000, 250_000, 6_400)
SMALL_CAP: Final = 80_000


@pytest.fixture
def connection(port: int) -> Iterator[HTTPConnection]:
    with closing(connect(port)) as opened:
        yield opened


def opening() -> bytes:
    return orjson.dumps(changed(NEW_CONVERSATION, 'data.id', str(uuid4())))


def chunks(body: bytes, size: int) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


def answer(connection: HTTPConnection) -> tuple[int, str | None]:
    """Return the status, and the code of an error."""
    response = connection.getresponse()
    body = response.read()
    document: Any = orjson.loads(body) if body.startswith(b'{"errors"') else None
    return response.status, document and document['errors'][0]['code']


def send(
    connection: HTTPConnection, method: str, path: str, body: bytes | Iterator[bytes], headers: dict[str, str]
) -> int:
    connection.request(method, path, body, headers)
    return answer(connection)[0]


def test_a_chunked_body_is_read(connection: HTTPConnection) -> None:
    assert send(connection, 'POST', '/webhook/', chunks(opening(), 10), JSON) == 204


def test_an_acknowledgement_has_neither_body_nor_content_type(connection: HTTPConnection) -> None:
    connection.request('POST', '/webhook/', opening(), JSON)
    response = connection.getresponse()

    assert (response.status, response.headers['Content-Type'], response.read()) == (204, None, b'')


@pytest.mark.parametrize(
    ('lines', 'status'),
    [
        ([f'GET /{"x" * 70_000} HTTP/1.1', 'Host: localhost'], 414),
        (['GET / HTTP/1.1', 'Host: localhost', f'X-Long: {"x" * 500_000}'], 431),
        (['GET / HTTP/1.1', 'Host localhost'], 400),
        (['GET / HTTP/7.7', 'Host: localhost'], 400),
    ],
    ids=['long URL', 'long header', 'malformed header', 'unknown version'],
)
def test_the_server_refuses_without_the_envelope(port: int, lines: list[str], status: int) -> None:
    """README.md says so: these requests do not reach Django."""
    with create_connection(('127.0.0.1', port), timeout=10) as connection:
        with suppress(ConnectionError):
            connection.sendall('\r\n'.join([*lines, '', '']).encode())
        answer = b''.join(iter(partial(connection.recv, 4096), b''))

    assert answer.startswith(b'HTTP/1.1 %d ' % status)
    assert answer.endswith(b'\r\n\r\n')


@pytest.mark.parametrize(
    ('path', 'size', 'is_chunked'),
    [
        ('/webhook/', 2**20 + 1, False),
        ('/webhook/', 3_000_000, False),
        ('/webhook/', 3_000_000, True),
        ('/admin/login/', 3_000_000, False),
        ('/nowhere/', 3_000_000, False),
    ],
)
def test_a_client_sees_the_refusal_of_a_body_over_the_cap(port: int, path: str, size: int, *, is_chunked: bool) -> None:
    for _ in range(10):
        with closing(connect(port)) as connection:
            body = opening().ljust(size)
            # The server may close the connection before the client has sent the whole body.
            with suppress(OSError):
                connection.request('POST', path, chunks(body, 50_000) if is_chunked else body, JSON)
            response = connection.getresponse()
            assert (response.status, response.headers['Connection']) == (413, 'close')
            response.read()


def test_a_request_without_a_body_is_a_parse_error(connection: HTTPConnection) -> None:
    connection.request('POST', '/webhook/', headers=JSON)
    assert answer(connection) == (400, 'PARSE_ERROR')


def test_any_charset_is_accepted(connection: HTTPConnection) -> None:
    assert (
        send(connection, 'POST', '/webhook/?x=1', opening(), {'Content-Type': 'application/json; charset=hex'}) == 204
    )


def test_paths_with_invalid_bytes_are_client_errors(connection: HTTPConnection) -> None:
    for path in ('/conversations/%00/', '/conversations/%ff%fe/', '/conversations/%ED%A0%80/?page=%00'):
        connection.request('GET', path)
        assert answer(connection)[0] in {400, 404}


def test_static_files_of_the_docs_are_served(connection: HTTPConnection) -> None:
    connection.request('GET', '/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css')
    response = connection.getresponse()
    assert (response.status, response.headers.get_content_type()) == (200, 'text/css')
    assert response.read()


@pytest.mark.parametrize('is_chunked', [False, True], ids=['length', 'chunked'])
@pytest.mark.parametrize(
    ('method', 'path', 'headers', 'status'),
    [
        ('POST', '/nowhere/', JSON, 404),
        ('PUT', '/webhook/', JSON, 405),
        ('POST', '/webhook/', TEXT, 415),
        ('GET', '/health/live', JSON, 200),
        ('POST', '/admin/login/', TEXT, 403),
    ],
)
def test_an_event_behind_an_unread_body_is_stored(  # noqa: PLR0913 - parameters of a table
    port: int, method: str, path: str, headers: dict[str, str], status: int, *, is_chunked: bool
) -> None:
    for size in SIZES:
        with closing(connect(port)) as connection:
            connection.connect()
            # Do not reconnect if the server closes the connection.
            connection.auto_open = 0
            body = b'x' * size
            assert send(connection, method, path, chunks(body, 1000) if is_chunked else body, headers) == status
            assert send(connection, 'POST', '/webhook/', opening(), JSON) == 204


@pytest.mark.parametrize(
    ('settings', 'status'),
    [({'WEBHOOK_SECRETS': signing.SECRET}, 401), ({'WEBHOOK_MAX_BODY_BYTES': str(SMALL_CAP)}, 413)],
)
def test_an_event_behind_a_refused_one_is_stored(
    database: Database, start_server: StartServer, settings: dict[str, str], status: int
) -> None:
    server = start_server(database, **settings)
    for size in SIZES:
        with closing(connect(server.port)) as connection:
            connection.connect()
            # The server announces that it closes the connection after a 413, so the client reconnects.
            connection.auto_open = int(status == 413)
            assert send(connection, 'POST', '/webhook/', b' ' * size, JSON) == status
            good = opening()
            assert send(connection, 'POST', '/webhook/', good, {**JSON, **signed(good)}) == 204
