"""Start and stop a contender."""

import atexit
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
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
    """A running server; `pid` is its main process."""

    pid: int
    port: int

    @property
    def base(self) -> str:
        return f'http://127.0.0.1:{self.port}'

    def status(self, method: str, path: str, body: str | None = None, *, token: str | None = None) -> int:
        """Return the status of the answer to a request. Raises: OSError if there is none."""
        headers = {'Content-Type': 'application/json'} | ({'Authorization': f'Token {token}'} if token else {})
        with closing(http.client.HTTPConnection('127.0.0.1', self.port, timeout=REQUEST_SECONDS)) as connection:
            try:
                connection.request(method, path, body and body.encode(), headers)
                return connection.getresponse().status
            except http.client.HTTPException as error:
                raise OSError(error) from error


@contextmanager
def running(contender: Contender, *, workers: int, environment: Mapping[str, str], log: Path) -> Iterator[Server]:
    """Start a contender, wait until it answers, and stop it at the end."""
    port = reserve_port()
    with log.open('w') as output:
        process = subprocess.Popen(
            contender.arguments(port, workers),
            cwd=ROOT,
            env={**os.environ, **contender.environment, **environment, 'PORT': str(port), 'WORKERS': str(workers)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    server = Server(pid=process.pid, port=port)
    try:
        _wait_until_it_answers(contender, server, process, log)
        yield server
        if process.poll() is not None:
            raise BenchmarkError(_with_log(f'{contender.name} died during the run', log))
    finally:
        _stop(process)


def reserve_port() -> int:
    """Return a port that stays free, until this process ends, for a server that it starts.

    The system gives a bound port to no connection and to no other process that asks for any port. A server can
    take it because both set SO_REUSEADDR, which Linux allows while only one of them listens.
    """
    reservation = socket.socket()
    reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reservation.bind(('127.0.0.1', 0))
    atexit.register(reservation.close)
    return int(reservation.getsockname()[1])


def _wait_until_it_answers(contender: Contender, server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError):
            server.status('GET', '/')
            return
        time.sleep(0.1)
    raise BenchmarkError(_with_log(f'{contender.name} does not start', log))


def _with_log(event: str, log: Path) -> str:
    return f'{event}. The end of its log:\n{log.read_text(errors="replace").strip()[-2000:]}'


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Terminate the process group, then kill what is left of it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
