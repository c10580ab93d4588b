"""Ctrl-C in a terminal and SIGTERM end the server within 5 seconds, and no log line of an answered event is lost."""

import os
import pty
import random
import signal
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread
from typing import Final
from uuid import UUID

import pytest

from benchmarks.server import reserve_port
from realmate_challenge.webhook_api.tests.support.clients import Client, wait_for
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION, changed
from realmate_challenge.webhook_api.tests.support.processes import ROOT, environment_with
from realmate_challenge.webhook_api.tests.support.server import PRODUCTION

STOPS: Final = 30
STOP_SECONDS: Final = 5.0
# Longer than a start, so that every phase of it is interrupted.
EARLY_SECONDS: Final = 3.0
CTRL_C: Final = b'\x03'


class Terminal:
    """A server in the foreground of a pseudo-terminal, whose output is the log."""

    def __init__(self, database: Database, directory: Path) -> None:
        self.port = reserve_port()
        self._master, slave = pty.openpty()
        settings = {**PRODUCTION, 'DATABASE_URL': database.url, 'PORT': str(self.port), 'WORKERS': '2'}
        self._process = subprocess.Popen(
            [sys.executable, '-m', 'realmate_challenge.serve'],
            cwd=ROOT,
            env=environment_with(**settings, TMPDIR=str(directory)),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            # The terminal sends Ctrl-C to the processes that it controls.
            preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),  # noqa: PLW1509 - no other thread runs
        )
        os.close(slave)
        self.output = b''
        self._reader = Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError):  # the end of the last process
            while block := os.read(self._master, 65_536):
                self.output += block

    def is_up(self) -> bool:
        with Client(self.port) as client, suppress(OSError):
            return client.get('/health/live').status == 200
        return False

    def send_signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def stop(self, number: signal.Signals) -> float:
        """Return the seconds until no process is left."""
        started_at = time.monotonic()
        if number == signal.SIGINT:
            os.write(self._master, CTRL_C)
        else:
            self.send_signal(number)
        try:
            self._process.wait(2 * STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pytest.fail(f'The server does not stop: {self.output.decode()}')
        self._reader.join(2 * STOP_SECONDS)
        assert not self._reader.is_alive(), 'A worker still runs.'
        return time.monotonic() - started_at

    def close(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        os.close(self._master)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM], ids=['Ctrl-C', 'SIGTERM'])
def test_a_stop_takes_seconds_and_loses_no_line(database: Database, tmp_path: Path, number: signal.Signals) -> None:
    for round_ in range(STOPS):
        ids = [str(UUID(int=100 * round_ + each)) for each in range(3)]
        with closing(Terminal(database, tmp_path)) as server:
            wait_for(server.is_up)
            with Client(server.port) as client:
                for conversation_id in ids:
                    assert client.post(changed(NEW_CONVERSATION, 'data.id', conversation_id)).status in {204, 400}
                assert server.stop(number) < STOP_SECONDS
            assert [server.output.count(each.encode()) for each in ids] == [1, 1, 1]


def test_a_server_that_replaces_its_workers_stops(database: Database, tmp_path: Path) -> None:
    with closing(Terminal(database, tmp_path)) as server:
        wait_for(server.is_up)
        server.send_signal(signal.SIGHUP)
        wait_for(lambda: server.output.count(b'Spawning worker') > 2)
        assert server.stop(signal.SIGTERM) < STOP_SECONDS


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM], ids=['Ctrl-C', 'SIGTERM'])
def test_a_server_that_is_starting_stops(database: Database, tmp_path: Path, number: signal.Signals) -> None:
    chance = random.Random(1)
    for _ in range(STOPS // 3):
        with closing(Terminal(database, tmp_path)) as server:
            time.sleep(chance.uniform(0, EARLY_SECONDS))
            assert server.stop(number) < STOP_SECONDS


# A finder of modules that never finds any, and sends Ctrl-C from a callback.
CTRL_C_IN_AN_IMPORT: Final = """
import os, runpy, signal, sys, weakref

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == 'granian.server':
            sys.meta_path.remove(self)
            owner = type('Owner', (), {})()
            self.reference = weakref.ref(owner, lambda _: os.kill(os.getpid(), signal.SIGINT))

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Finder())
runpy.run_module('realmate_challenge.serve', run_name='__main__', alter_sys=True)
"""


def test_ctrl_c_in_a_callback_of_an_import_is_not_lost(database: Database, tmp_path: Path) -> None:
    """Python drops an exception that is raised in a callback, and imports have callbacks: the server would continue."""
    settings = {**PRODUCTION, 'DATABASE_URL': database.url, 'PORT': str(reserve_port()), 'TMPDIR': str(tmp_path)}

    ended = subprocess.run(
        [sys.executable, '-c', CTRL_C_IN_AN_IMPORT],
        cwd=ROOT,
        env=environment_with(**settings),
        timeout=60,
        capture_output=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (-signal.SIGINT, b'')
