"""A PostgreSQL of our own: it may be stopped, restarted and frozen without anybody else's noticing."""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any, Final, final

from realmate_challenge.webhook_api.tests.support.databases import PostgresServer
from realmate_challenge.webhook_api.tests.support.server import free_port

DEBIAN: Final = Path('/usr/lib/postgresql')
SECONDS: Final = 60
# PostgreSQL refuses to run as root.
UNPRIVILEGED: Final = 'postgres'


def binaries() -> Path | None:
    """Where PostgreSQL's server programs are."""
    candidates = sorted(DEBIAN.glob('*/bin'), key=lambda path: float(path.parent.name), reverse=True)
    if config := shutil.which('pg_config'):
        said = subprocess.run([config, '--bindir'], capture_output=True, text=True, check=True).stdout.strip()
        candidates.insert(0, Path(said))
    return next((path for path in candidates if (path / 'initdb').exists() and (path / 'pg_ctl').exists()), None)


@final
class Cluster(AbstractContextManager['Cluster']):
    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # Not below pytest's directory, which only its owner may enter.
        self._home = Path(tempfile.mkdtemp(prefix='realmate-postgresql-'))
        self._data = self._home / 'data'
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            shutil.chown(self._home, UNPRIVILEGED, UNPRIVILEGED)
            self._as = {'user': UNPRIVILEGED, 'group': UNPRIVILEGED, 'extra_groups': []}
        port = free_port()
        self._options = f'-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='
        self.databases: Final = PostgresServer(f'postgres://faults@127.0.0.1:{port}/postgres')

    def __enter__(self) -> 'Cluster':
        self._run('initdb', '--auth=trust', '--username=faults', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync')
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.resume()
        self.stop('immediate')
        shutil.rmtree(self._home, ignore_errors=True)

    def start(self) -> None:
        """If it does not run."""
        if self._pid() is None:
            self._run('pg_ctl', '--wait', f'--log={self._home / "log"}', f'--options={self._options}', 'start')

    def stop(self, mode: str) -> None:
        if self._pid() is not None:
            self._run('pg_ctl', '--wait', f'--mode={mode}', 'stop')

    def restart(self, mode: str) -> None:
        self.stop(mode)
        self.start()

    def freeze(self) -> None:
        """It hangs: connections are accepted by the kernel, and nobody answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if (main := self._pid()) is not None:
            for pid in (main, *_children(main)):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)

    def _pid(self) -> int | None:
        with suppress(OSError, IndexError):
            return int((self._data / 'postmaster.pid').read_text().splitlines()[0])
        return None

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), f'--pgdata={self._data}', *arguments]
        # No pipe: the server would inherit it, and reading to its end would wait for the server's.
        with (self._home / 'output').open('wb') as output:
            done = subprocess.run(
                command, cwd=self._home, stdout=output, stderr=output, timeout=SECONDS, check=False, **self._as
            )
        assert done.returncode == 0, (self._home / 'output').read_text()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f'/proc/{pid}/task/{pid}/children').read_text().split()]
