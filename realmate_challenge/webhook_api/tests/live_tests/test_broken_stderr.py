"""A log line that cannot be written changes no answer, and the lines come back when they can be written again."""

import errno
import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

import pytest

from realmate_challenge.webhook_api.tests.support.databases import Database, Postgres
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION, changed
from realmate_challenge.webhook_api.tests.support.server import Server

FULL_AT: Final = 2**26


class Stderr(Protocol):
    """Where the server writes its lines, which a test breaks and repairs."""

    descriptor: int

    def break_for(self, server: Server) -> None: ...
    def repair_for(self, server: Server) -> None: ...
    def text(self) -> bytes: ...


class FullDisk:
    """A sparse file that has reached the size limit of the process: to a program the same as a full disk.

    The database's own files are far smaller than the limit.
    """

    def __init__(self, directory: Path) -> None:
        self._file = directory / 'stderr'
        self._file.touch()
        os.truncate(self._file, FULL_AT)
        self.descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND)

    def break_for(self, server: Server) -> None:
        self._limit(server, FULL_AT)

    def repair_for(self, server: Server) -> None:
        self._limit(server, resource.RLIM_INFINITY)

    def text(self) -> bytes:
        with self._file.open('rb') as file:
            file.seek(FULL_AT)
            return file.read()

    def _limit(self, server: Server, size: int) -> None:
        for worker in server.workers():
            resource.prlimit(worker, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class Pipe:
    """A named pipe, whose reader goes away and is replaced by another."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / 'stderr'
        os.mkfifo(self._file)
        self._reader = self._open()
        self.descriptor = os.open(self._file, os.O_WRONLY)

    def break_for(self, server: Server) -> None:
        os.close(self._reader)

    def repair_for(self, server: Server) -> None:
        self._reader = self._open()

    def text(self) -> bytes:
        read = b''
        with suppress(BlockingIOError):
            while block := os.read(self._reader, 2**16):
                read += block
        return read

    def _open(self) -> int:
        return os.open(self._file, os.O_RDONLY | os.O_NONBLOCK)


@pytest.fixture(params=[FullDisk, Pipe])
def stderr(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stderr]:
    made: Stderr = request.param(tmp_path)
    yield made
    os.close(made.descriptor)


@pytest.fixture
def start(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], Server]]:
    with ExitStack() as servers:

        def start(stderr: int) -> Server:
            environment = {'DATABASE_URL': database.url, 'WORKERS': '1'}
            return servers.enter_context(Server(tmp_path_factory.mktemp('server'), environment, stderr=stderr))

        yield start


def opening(conversation_id: str) -> dict[str, object]:
    return changed(NEW_CONVERSATION, 'data.id', conversation_id)


def assert_answers_as_ever(server: Server, database: Database) -> None:
    with server.client() as client:
        for _ in range(20):
            assert client.post(opening(str(uuid4()))).status == 204
        break_connections(database)
        assert client.post(opening(str(uuid4()))).status == 204
        break_connections(database)
        assert client.get('/health/ready').status == 200
        assert client.get('/metrics').status == 200
        assert client.post(b'no JSON').status == 400
        assert client.get('/admin/login/', Host='evil.example').status == 400


def break_connections(database: Database) -> None:
    """The next request then writes a warning, tries again, and succeeds."""
    if isinstance(database, Postgres):
        database.end_connections()


def test_a_broken_stderr_changes_no_answer_and_recovers(
    stderr: Stderr, start: Callable[[int], Server], database: Database
) -> None:
    server = start(stderr.descriptor)
    stderr.break_for(server)
    assert_answers_as_ever(server, database)

    stderr.repair_for(server)
    known = str(uuid4())
    with server.client() as client:
        assert client.post(opening(known)).status == 204
    time.sleep(0.2)

    assert known.encode() in stderr.text()


def test_a_device_that_is_always_full_changes_no_answer(start: Callable[[int], Server], database: Database) -> None:
    descriptor = os.open('/dev/full', os.O_WRONLY)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        os.write(descriptor, b'line')
    assert_answers_as_ever(start(descriptor), database)
    os.close(descriptor)


def test_a_graceful_stop_loses_no_line(start: Callable[[int], Server], stderr: Stderr) -> None:
    server = start(stderr.descriptor)
    known = [str(uuid4()) for _ in range(3)]
    with server.client() as client:
        for conversation_id in known:
            assert client.post(opening(conversation_id)).status == 204
    server.stop()

    written = stderr.text()
    assert all(conversation_id.encode() in written for conversation_id in known)
