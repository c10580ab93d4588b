"""Requests that the real server does not receive as a whole, or that are too large, and answers that nobody reads."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import orjson
import pytest

from realmate_challenge.webhook_api.tests.support.databases import Database, empty
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import MESSAGE_RECEIVED, NEW_CONVERSATION, changed
from realmate_challenge.webhook_api.tests.support.server import Server

type Say = Callable[[bytes], socket.socket]

pytestmark = pytest.mark.faults

SLACK: Final = 4
UNREAD: Final = 200
# With a copy for each connection it was 60 MB.
MOST_MEMORY_KB: Final = 30_000
HEADER_LIMIT: Final = 10

HEAD: Final = b'POST /webhook/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
CHUNKED: Final = HEAD + b'Transfer-Encoding: chunked\r\n\r\n'
# The preface of HTTP/2, and its first frame.
HTTP2: Final = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + b'\0\0\0\4\0\0\0\0\0'
EVENT: Final = orjson.dumps(NEW_CONVERSATION)


def announced(length: int) -> bytes:
    return HEAD + b'Content-Length: %d\r\n\r\n' % length


def chunk(data: bytes) -> bytes:
    return b'%x\r\n%b\r\n' % (len(data), data)


def status_of(connection: socket.socket) -> int:
    """0 if the server ended the connection without a word."""
    connection.settimeout(60)
    line = connection.makefile('rb').readline()
    return int(line.split()[1]) if line else 0


@pytest.fixture(scope='module')
def module_server(module_database: Database, start_module_server: StartServer) -> Server:
    return start_module_server(module_database, WORKERS='1')


@pytest.fixture
def server(module_server: Server, module_database: Database) -> Server:
    empty(module_database)
    return module_server


@pytest.fixture
def say(server: Server) -> Iterator[Say]:
    """Sends bytes on a connection of their own."""
    with ExitStack() as connections:

        def send(data: bytes) -> socket.socket:
            connection = connections.enter_context(socket.create_connection(('127.0.0.1', server.port)))
            connection.sendall(data)
            return connection

        yield send


def stored_conversations(database: Database) -> int:
    return int(database.query('SELECT count(*) FROM webhook_api_conversation')[0][0])


@pytest.mark.parametrize('beginning', [HEAD, b'', HTTP2], ids=['in its headers', 'idle', 'HTTP/2'])
def test_a_connection_without_a_whole_header_is_closed(say: Say, beginning: bytes) -> None:
    connection = say(beginning)
    started_at = time.monotonic()
    assert status_of(connection) in {0, 408}
    assert time.monotonic() - started_at < HEADER_LIMIT + SLACK


def test_takes_chunked_bodies(say: Say, module_database: Database) -> None:
    assert status_of(say(CHUNKED + chunk(EVENT[:50]) + chunk(EVENT[50:]) + chunk(b''))) == 204
    assert stored_conversations(module_database) == 1


def test_reads_no_chunked_body_beyond_the_cap(server: Server, say: Say) -> None:
    content = changed(MESSAGE_RECEIVED, 'data.content', 'x' * 2**20)
    assert status_of(say(CHUNKED + chunk(orjson.dumps(content)) + chunk(b''))) == 413
    with server.client() as client:
        assert client.get('/health/live').status == 200


@pytest.mark.parametrize(
    'said',
    [
        pytest.param(announced(len(EVENT)) + EVENT[:-1], id='before the last byte'),
        pytest.param(announced(len(EVENT)), id='before the body'),
        pytest.param(announced(len(EVENT) + 1) + EVENT, id='after what is JSON, and not all that was announced'),
        pytest.param(CHUNKED + chunk(EVENT[:-1]), id='between chunks'),
        pytest.param(CHUNKED + b'ff\r\n' + EVENT[:-1], id='in a chunk'),
    ],
)
@pytest.mark.parametrize('reset', [False, True], ids=['politely', 'with a reset'])
def test_a_sender_gone_in_mid_body_leaves_nothing_behind(
    server: Server, say: Say, module_database: Database, said: bytes, *, reset: bool
) -> None:
    connection = say(said)
    if reset:
        # No farewell, as when the sender's machine is gone: unsent data is dropped, the peer gets a reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\x01\0\0\0\0\0\0\0')
        connection.close()
        time.sleep(0.2)
    else:
        connection.shutdown(socket.SHUT_WR)
        assert status_of(connection) in {0, 400}
    assert stored_conversations(module_database) == 0
    with server.client() as client:
        assert client.post(NEW_CONVERSATION).status == 204


@pytest.mark.parametrize('size', [2**17, 2**20])
def test_headers_over_the_limit_are_refused_by_the_server(server: Server, say: Say, size: int) -> None:
    assert status_of(say(HEAD + b'webhook-signature: v1,' + b'a' * size + b'\r\n\r\n')) == 431
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
            # Or the kernel would take the whole answer for the client.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(('127.0.0.1', server.port))
            connection.sendall(b'GET /redoc/?script= HTTP/1.1\r\nHost: localhost\r\n\r\n')
        time.sleep(2)

        assert client.get('/health/live').status == 200
        assert resident_kb(server) - before < MOST_MEMORY_KB
