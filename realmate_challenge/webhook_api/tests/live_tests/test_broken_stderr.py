"""A log line that cannot be written changes no response, and lines are written again as soon as that is possible."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from realmate_challenge.webhook_api.tests.support.clients import Client, wait_for
from realmate_challenge.webhook_api.tests.support.databases import Database, Postgres
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION, changed
from realmate_challenge.webhook_api.tests.support.server import Server


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """Return a named pipe. Without a reader, writing to it fails, as on a full disk."""
    path = tmp_path / 'stderr'
    os.mkfifo(path)
    return path


@pytest.fixture
def reader(pipe: Path) -> int:
    return os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)


@pytest.fixture
def server(database: Database, tmp_path: Path, pipe: Path, reader: int) -> Iterator[Server]:
    writer = os.open(pipe, os.O_WRONLY)
    with Server(tmp_path, {'DATABASE_URL': database.url, 'WORKERS': '1'}, stderr=writer) as server:
        yield server
    os.close(writer)


def post(client: Client) -> bytes:
    """Open a conversation, and return its id."""
    conversation_id = str(uuid4())
    assert client.post(changed(NEW_CONVERSATION, 'data.id', conversation_id)).status == 204
    return conversation_id.encode()


def test_a_broken_stderr_changes_no_response_and_recovers(
    server: Server, pipe: Path, reader: int, database: Database
) -> None:
    os.close(reader)
    with server.client() as client:
        for _ in range(20):
            post(client)
        if isinstance(database, Postgres):
            # The next request writes a warning, retries and succeeds.
            database.end_connections()
        post(client)
        assert [client.get(path).status for path in ('/health/ready', '/metrics')] == [200, 200]
        assert client.post(b'no JSON').status == 400
        assert client.get('/admin/login/', Host='evil.example').status == 400

        with os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), 'rb') as repaired:
            known = post(client)
            wait_for(lambda: known in (repaired.read() or b''))


def test_a_graceful_stop_loses_no_line(server: Server, reader: int) -> None:
    with server.client() as client:
        known = [post(client) for _ in range(3)]
    server.stop()

    with os.fdopen(reader, 'rb') as pipe:
        written = pipe.read()
    assert all(conversation_id in written for conversation_id in known)
