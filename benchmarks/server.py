"""Starting a contender, and stopping it for good."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from benchmarks.contenders import ROOT, Contender
from benchmarks.errors import BenchmarkError

START_SECONDS: Final = 30
STOP_SECONDS: Final = 10
REQUEST_SECONDS: Final = 30


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server; `pid` is the root of its processes."""

    pid: int
    port: int

    @property
    def base(self) -> str:
        return f'http://127.0.0.1:{self.port}'

    def status(self, method: str, path: str, body: str | None = None) -> int:
        """What it answers to one request. Raises: OSError, if it does not."""
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=REQUEST_SECONDS)
        try:
            connection.request(method, path, body and body.encode(), {'Content-Type': 'application/json'})
            return connection.getresponse().status
        except http.client.HTTPException as error:
            raise OSError(error) from error
        finally:
            connection.close()


@contextmanager
def running(contender: Contender, *, workers: int, environment: Mapping[str, str], log: Path) -> Iterator[Server]:
    """A contender that answers requests."""
    port = _free_port()
    with log.open('w') as output:
        process = subprocess.Popen(
            contender.arguments(port, workers),
            cwd=ROOT,
            env={
                **os.environ,
                **contender.environment,
                **environment,
                'PORT': str(port),
                'WORKERS': str(workers),
            },
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    server = Server(pid=process.pid, port=port)
    try:
        _wait_until_it_answers(contender, server, process, log)
        yield server
        if process.poll() is not None:
            raise BenchmarkError(_obituary(f'{contender.name} died during the run', log))
    finally:
        _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(contender: Contender, server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError):
            server.status('GET', '/')
            return
        time.sleep(0.1)
    raise BenchmarkError(_obituary(f'{contender.name} does not start', log))


def _obituary(what: str, log: Path) -> str:
    return f'{what}. The end of its log:\n{log.read_text(errors="replace").strip()[-2000:]}'


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the whole group to end, then make sure that nothing of it is left."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
