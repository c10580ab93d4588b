"""An answer that is given before the body has been read, and the next event on the same connection."""

from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from typing import Final
from uuid import uuid4

import orjson
import pytest

from realmate_challenge.webhook_api.tests.support import signing
from realmate_challenge.webhook_api.tests.support.clients import JSON, connect
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION, changed

SIZES: Final = range(90_000, 250_000, 6_400)
TRIES: Final = 25
MEBIBYTE: Final = 2**20
SMALL_CAP: Final = 80_000
TEXT: Final = {'Content-Type': 'text/plain'}


def event() -> bytes:
    return orjson.dumps(changed(NEW_CONVERSATION, 'data.id', str(uuid4())))


def send(connection: HTTPConnection, method: str, path: str, body: object, headers: dict[str, str]) -> int:
    connection.request(method, path, body, headers)  # type: ignore[arg-type]  # bytes, or an iterable of them
    response = connection.getresponse()
    response.read()
    return response.status


def signed(body: bytes) -> dict[str, str]:
    environ = signing.standard(body)
    return {name.removeprefix('HTTP_').replace('_', '-'): value for name, value in environ.items()}


def pieces(body: bytes) -> Iterator[bytes]:
    yield body[:1000]
    yield body[1000:]


@pytest.mark.parametrize('is_chunked', [False, True], ids=['announced', 'chunked'])
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
    assert len(SIZES) == TRIES
    for size in SIZES:
        body = b'x' * size
        with closing(connect(port)) as connection:
            connection.connect()
            # A connection that the server closes is not opened again.
            connection.auto_open = 0
            sent = pieces(body) if is_chunked else body
            assert send(connection, method, path, sent, headers) == status
            assert send(connection, 'POST', '/webhook/', event(), JSON) == 204


def test_an_event_behind_an_unsigned_one_is_stored(database: Database, start_server: StartServer) -> None:
    server = start_server(database, WEBHOOK_SECRETS=signing.SECRET)
    for size in SIZES:
        with closing(connect(server.port)) as connection:
            connection.connect()
            connection.auto_open = 0
            assert send(connection, 'POST', '/webhook/', b' ' * size, JSON) == 401
            good = event()
            assert send(connection, 'POST', '/webhook/', good, {**JSON, **signed(good)}) == 204


def test_an_event_behind_a_body_over_the_cap_is_stored(database: Database, start_server: StartServer) -> None:
    server = start_server(database, WEBHOOK_MAX_BODY_BYTES=str(SMALL_CAP))
    for size in SIZES:
        # The server says that it closes the connection, and so the client opens another.
        with closing(connect(server.port)) as connection:
            assert send(connection, 'POST', '/webhook/', b' ' * size, JSON) == 413
            assert send(connection, 'POST', '/webhook/', event(), JSON) == 204


@pytest.mark.parametrize('path', ['/webhook/', '/admin/login/', '/nowhere/'])
def test_a_client_sees_the_answer_to_a_body_far_over_the_cap(port: int, path: str) -> None:
    for _ in range(TRIES):
        with closing(connect(port)) as connection:
            # The server may close the connection while the client still sends; its answer came first.
            with suppress(OSError):
                connection.request('POST', path, b' ' * 2 * MEBIBYTE, JSON)
            response = connection.getresponse()
            assert (response.status, response.headers['Connection']) == (413, 'close')
            response.read()
