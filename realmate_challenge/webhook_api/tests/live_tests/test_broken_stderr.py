"""A log line that cannot be written changes no response, and lines are written again as soon as that is possible."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from realmate_challenge.webhook_api.tests.support.client import Client
from realmate_challenge.webhook_api.tests.support.databases import Database, Postgres
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION, changed
from realmate_challenge.webhook_api.tests.support.server import Server
from realmate_challenge.webhook_api.tests.support.waiting import wait_for

FULL_AT: Final = 2**26


class FullDisk:
    """A sparse file at the size limit of the process, which is like a full disk. The database's files are smaller."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.touch()
        os.truncate(file, FULL_AT)
        self.descriptor = os.open(file, os.O_WRONLY | os.O_APPEND)

    def break_for(self, server: Server) -> None:
        self._limit(server, FULL_AT)

    def repair_for(self, server: Server) -> None:
        self._limit(server, resource.RLIM_INFINITY)

    def text(self) -> bytes:
        return self._file.read_bytes()[FULL_AT:]

    def _limit(self, server: Server, size: int) -> None:
        for worker in server.workers():
            resource.prlimit(worker, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class Pipe:
    """A named pipe whose reader goes away and is replaced by another."""

    def __init__(self, file: Path) -> None:
        self._file = file
        os.mkfifo(file)
        self.repair_for()
        self.descriptor = os.open(file, os.O_WRONLY)

    def break_for(self, _server: Server) -> None:
        os.close(self._reader)

    def repair_for(self, _server: Server | None = None) -> None:
        self._reader = os.open(self._file, os.O_RDONLY | os.O_NONBLOCK)

    def text(self) -> bytes:
        try:
            return os.read(self._reader, 2**20)
        except BlockingIOError:
            return b''


@pytest.fixture(params=[FullDisk, Pipe])
def stderr(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FullDisk | Pipe]:
    made: FullDisk | Pipe = request.param(tmp_path / 'stderr')
    yield made
    os.close(made.descriptor)


@pytest.fixture
def server(database: Database, tmp_path: Path, stderr: FullDisk | Pipe) -> Iterator[Server]:
    with Server(tmp_path, {'DATABASE_URL': database.url, 'WORKERS': '1'}, stderr=stderr.descriptor) as server:
        yield server


def post(client: Client) -> bytes:
    """Open a conversation, and return its id."""
    conversation_id = str(uuid4())
    assert client.post(changed(NEW_CONVERSATION, 'data.id', conversation_id)).status == 204
    return conversation_id.encode()


def test_a_broken_stderr_changes_no_response_and_recovers(
    stderr: FullDisk | Pipe, server: Server, database: Database
) -> None:
    stderr.break_for(server)
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

        stderr.repair_for(server)
        known = post(client)
    wait_for(lambda: known in stderr.text())


def test_a_graceful_stop_loses_no_line(stderr: FullDisk | Pipe, server: Server) -> None:
    with server.client() as client:
        known = [post(client) for _ in range(3)]
    server.stop()

    written = stderr.text()
    assert all(conversation_id in written for conversation_id in known)
