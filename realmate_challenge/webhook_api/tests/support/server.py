"""The production server, `python -m realmate_challenge.serve`, in processes that a test can kill."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any, Final, Self

import orjson

from benchmarks.server import reserve_port
from realmate_challenge.webhook_api.tests.support.clients import Client, wait_for
from realmate_challenge.webhook_api.tests.support.processes import ROOT, environment_with

START_SECONDS: Final = 60
STOP_SECONDS: Final = 20
PRODUCTION: Final = {
    'DJANGO_SECRET_KEY': 'only-for-tests',
    'DJANGO_HTTPS': 'false',
    'API_REQUIRE_AUTH': 'false',
    'HOST': '127.0.0.1',
    # Replaces the settings of the tests, which pytest-django puts into the environment.
    'DJANGO_SETTINGS_MODULE': 'realmate_challenge.settings',
}


def children(pid: int) -> list[int]:
    """Return the ids of the child processes; none if the process has ended."""
    found: list[str] = []
    with suppress(OSError):
        for task in Path(f'/proc/{pid}/task').iterdir():
            found += (task / 'children').read_text().split()
    return [int(child) for child in found]


class Server(AbstractContextManager['Server']):
    """A server in a process group of its own, all of which ends with the context."""

    def __init__(
        self,
        directory: Path,
        environment: Mapping[str, str],
        program: Sequence[str] = ('-m', 'realmate_challenge.serve'),
        *,
        stderr: int | None = None,
        project: Path = ROOT,
    ) -> None:
        """Start Python with the arguments `program` in a folder. `environment` has at least DATABASE_URL.

        `stderr` is a descriptor (default: the log file).
        """
        self.port: Final = reserve_port()
        self.log: Final = directory / 'server.log'
        self._program: Final = program
        # A killed server leaves its temporary files; pytest removes them with the directory.
        given = {**PRODUCTION, 'TMPDIR': str(directory), **environment, 'PORT': str(self.port)}
        self._environment = environment_with(**given)
        self._stderr = stderr
        self._project = project
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def client(self) -> Client:
        return Client(self.port)

    def start(self) -> None:
        with self.log.open('ab') as output:
            self._process = subprocess.Popen(
                [sys.executable, *self._program],
                cwd=self._project,
                env=self._environment,
                stdout=output,
                stderr=output if self._stderr is None else self._stderr,
                start_new_session=True,
            )
        wait_for(self._answers, START_SECONDS)

    def stop(self) -> None:
        """Terminate the server as a supervisor does, then kill the rest of its process group."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def reload(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill_main(self) -> None:
        """Kill the main process with SIGKILL. Its workers live until `stop`."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def kill_worker(self, chance: random.Random) -> bool:
        """Kill a worker with SIGKILL. Return False if there was none."""
        workers = self.workers()
        with suppress(ProcessLookupError):
            if workers:
                os.kill(chance.choice(workers), signal.SIGKILL)
                return True
        return False

    def workers(self) -> list[int]:
        """Return the ids of the workers. Other children are the management process and Python's resource tracker."""
        assert self._process is not None
        found = []
        for pid in children(self._process.pid):
            with suppress(OSError):
                if b'spawn_main' in Path(f'/proc/{pid}/cmdline').read_bytes():
                    found.append(pid)
        return found

    def lines(self) -> list[dict[str, Any]]:
        """Return the JSON lines of the log."""
        return [orjson.loads(line) for line in self.log.read_bytes().splitlines() if line.startswith(b'{')]

    def _answers(self) -> bool:
        assert self.is_running(), f'The server does not start:\n{self.log.read_text()[-2000:]}'
        with self.client() as client, suppress(OSError):
            return client.get('/health/live').status == 200
        return False
