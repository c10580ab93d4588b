"""Requests that end before their end, headers over the limit, and answers that nobody reads."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import orjson
import pytest

from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION
from realmate_challenge.webhook_api.tests.support.server import Server

type Send = Callable[[bytes], socket.socket]

HEADER_TIMEOUT: Final = 10
SLACK: Final = 10
UNREAD: Final = 200
# One copy of the script for each connection would take 60 MB.
MOST_MEMORY_KB: Final = 30_000

HEAD: Final = b'POST /webhook/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
CHUNKED: Final = HEAD + b'Transfer-Encoding: chunked\r\n\r\n'
# The preface of HTTP/2 and its first frame.
HTTP2: Final = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + b'\0\0\0\4\0\0\0\0\0'
EVENT: Final = orjson.dumps(NEW_CONVERSATION)
# With SO_LINGER of 0 seconds, `close` drops unsent data and resets the connection.
RESET: Final = b'\x01\0\0\0\0\0\0\0'


def with_length(length: int) -> bytes:
    return HEAD + b'Content-Length: %d\r\n\r\n' % length


def status_of(connection: socket.socket) -> int:
    """Return the status of the answer, or 0 if the server closed the connection without one."""
    connection.settimeout(60)
    line = connection.makefile('rb').readline()
    return int(line.split()[1]) if line else 0


@pytest.fixture(scope='module')
def server(module_database: Database, start_module_server: StartServer) -> Server:
    return start_module_server(module_database, WORKERS='1')


@pytest.fixture
def send(server: Server, module_database: Database) -> Iterator[Send]:
    """A function that sends bytes on a new connection. The database is empty."""
    module_database.empty()
    with ExitStack() as connections:

        def send(data: bytes) -> socket.socket:
            connection = connections.enter_context(socket.create_connection(('127.0.0.1', server.port)))
            connection.sendall(data)
            return connection

        yield send


def test_a_connection_without_a_complete_header_is_closed(send: Send) -> None:
    started_at = time.monotonic()
    connections = [send(beginning) for beginning in (HEAD, b'', HTTP2)]
    assert {status_of(connection) for connection in connections} <= {0, 408}
    assert time.monotonic() - started_at < HEADER_TIMEOUT + SLACK


@pytest.mark.parametrize(
    'sent',
    [
        pytest.param(with_length(len(EVENT)) + EVENT[:-1], id='before the last byte'),
        pytest.param(with_length(len(EVENT)), id='before the body'),
        pytest.param(with_length(len(EVENT) + 1) + EVENT, id='after valid JSON'),
        pytest.param(CHUNKED + b'%x\r\n%b\r\n' % (len(EVENT) - 1, EVENT[:-1]), id='between chunks'),
        pytest.param(CHUNKED + b'ff\r\n' + EVENT[:-1], id='in a chunk'),
    ],
)
@pytest.mark.parametrize('reset', [False, True], ids=['closed', 'reset'])
def test_an_incomplete_body_stores_nothing(
    server: Server, send: Send, module_database: Database, sent: bytes, *, reset: bool
) -> None:
    connection = send(sent)
    if reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.close()
        time.sleep(0.2)
    else:
        connection.shutdown(socket.SHUT_WR)
        assert status_of(connection) in {0, 400}
    assert module_database.count('conversation') == 0
    with server.client() as client:
        assert client.post(NEW_CONVERSATION).status == 204


@pytest.mark.parametrize('size', [2**17, 2**20])
def test_headers_over_the_limit_are_refused(server: Server, send: Send, size: int) -> None:
    assert status_of(send(HEAD + b'webhook-signature: v1,' + b'a' * size + b'\r\n\r\n')) == 431
    with server.client() as client:
        assert client.get('/health/live').status == 200


def resident_kb(server: Server) -> int:
    (worker,) = server.workers()
    status = Path(f'/proc/{worker}/status').read_text()
    return int(status.partition('VmRSS:')[2].split()[0])


def test_unread_answers_share_one_copy_of_the_script(server: Server) -> None:
    with server.client() as client, ExitStack() as connections:
        assert client.get('/redoc/?script=').status == 200
        before = resident_kb(server)
        for _ in range(UNREAD):
            connection = connections.enter_context(socket.socket())
            # With a larger buffer, the kernel would accept the whole answer for the client.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(('127.0.0.1', server.port))
            connection.sendall(b'GET /redoc/?script= HTTP/1.1\r\nHost: localhost\r\n\r\n')
        time.sleep(2)

        assert client.get('/health/live').status == 200
        assert resident_kb(server) - before < MOST_MEMORY_KB
