"""The production server, `python -m realmate_challenge.serve`, as a process that can be killed."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Final, final

import orjson

from realmate_challenge.webhook_api.tests.support.client import Client
from realmate_challenge.webhook_api.tests.support.processes import ROOT, environment_with

START_SECONDS: Final = 60
STOP_SECONDS: Final = 20
PRODUCTION: Final = {
    'DJANGO_SECRET_KEY': 'only-for-tests',
    'DJANGO_HTTPS': 'false',
    'API_REQUIRE_AUTH': 'false',
    'HOST': '127.0.0.1',
    # Not the tests' settings, which pytest-django leaves in the environment.
    'DJANGO_SETTINGS_MODULE': 'realmate_challenge.settings',
}


def free_port() -> int:
    with socket.create_server(('127.0.0.1', 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@final
class Server(AbstractContextManager['Server']):
    """In a group of processes of its own, all of which are gone at the end."""

    def __init__(
        self,
        directory: Path,
        environment: Mapping[str, str],
        program: Sequence[str] = ('-m', 'realmate_challenge.serve'),
        *,
        stderr: int | None = None,
    ) -> None:
        """Start Python with the arguments `program`. `environment` sets at least DATABASE_URL.

        `stderr` is a descriptor (default: the log file).
        """
        self._program: Final = program
        self.port: Final = free_port()
        self.log: Final = directory / 'server.log'
        # Its temporary files too: what is killed cannot tidy up.
        given = {**PRODUCTION, 'TMPDIR': str(directory), **environment, 'PORT': str(self.port)}
        self._environment = environment_with(**given)
        self._stderr = stderr
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> 'Server':
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def client(self) -> Client:
        return Client(self.port)

    def start(self) -> None:
        with self.log.open('ab') as output:
            self._process = subprocess.Popen(
                [sys.executable, *self._program],
                cwd=ROOT,
                env=self._environment,
                stdout=output,
                stderr=output if self._stderr is None else self._stderr,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.is_running(), f'The server does not start:\n{self.log.read_text()[-2000:]}'
            assert time.monotonic() < deadline, 'The server does not answer.'
            time.sleep(0.05)

    def stop(self) -> None:
        """As a supervisor does it: ask, wait, then end the whole group, so that no worker outlives its server."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill_main(self) -> None:
        """`kill -9` of the process that the supervisor knows. Its workers live on until the supervisor sees it."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def kill_worker(self, chance: random.Random) -> bool:
        """`kill -9` of one of the workers. False if there was none just then."""
        workers = self.workers()
        with suppress(ProcessLookupError):
            if workers:
                os.kill(chance.choice(workers), signal.SIGKILL)
                return True
        return False

    def workers(self) -> list[int]:
        assert self._process is not None
        found: list[str] = []
        with suppress(OSError):
            for task in Path(f'/proc/{self._process.pid}/task').iterdir():
                found += (task / 'children').read_text().split()
        return [int(pid) for pid in found]

    def lines(self) -> list[dict[str, object]]:
        """What the service itself logged: JSON, line by line."""
        return [orjson.loads(line) for line in self.log.read_bytes().splitlines() if line.startswith(b'{')]

    def _answers(self) -> bool:
        with self.client() as client, suppress(OSError):
            return client.get('/health/live').status == 200
        return False
