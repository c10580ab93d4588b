"""A PostgreSQL server that a test can stop, restart and freeze."""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any, Final, Self

from benchmarks.databases import Postgres
from benchmarks.server import reserve_port
from realmate_challenge.webhook_api.tests.support.databases import Databases
from realmate_challenge.webhook_api.tests.support.server import children

DEBIAN: Final = Path('/usr/lib/postgresql')
SECONDS: Final = 60
# PostgreSQL does not run as root.
UNPRIVILEGED: Final = 'postgres'


def binaries() -> Path | None:
    """Return the directory of PostgreSQL's server programs: of the newest version on Debian, else from the PATH."""
    if found := [path.parent for path in DEBIAN.glob('*/bin/initdb')]:
        return max(found, key=lambda path: float(path.parent.name))
    initdb = shutil.which('initdb')
    return Path(initdb).parent if initdb else None


class Cluster(AbstractContextManager['Cluster']):
    def __init__(self, programs: Path) -> None:
        self.programs: Final = programs
        # The user `postgres` cannot enter pytest's own directory.
        self._home = Path(tempfile.mkdtemp(prefix='realmate-postgresql-'))
        self._data = self._home / 'data'
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            shutil.chown(self._home, UNPRIVILEGED, UNPRIVILEGED)
            self._user = {'user': UNPRIVILEGED, 'group': UNPRIVILEGED, 'extra_groups': []}
        port = reserve_port()
        self.source: Final = f'host=127.0.0.1 port={port} user=faults'
        self._options = f'-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='
        self.databases: Final = Databases(Postgres(f'postgres://faults@127.0.0.1:{port}/postgres'))

    def __enter__(self) -> Self:
        self._run('initdb', '--auth=trust', '--username=faults', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync')
        return self

    def __exit__(self, *_: object) -> None:
        self.resume()
        self.stop('immediate')
        shutil.rmtree(self._home)

    def start(self) -> None:
        if self._pid() is None:
            self._run('pg_ctl', '--wait', f'--log={self._home / "log"}', f'--options={self._options}', 'start')

    def stop(self, mode: str) -> None:
        if self._pid() is not None:
            self._run('pg_ctl', '--wait', f'--mode={mode}', 'stop')

    def restart(self, mode: str) -> None:
        self.stop(mode)
        self.start()

    def freeze(self) -> None:
        """Make it hang: the kernel accepts connections, but nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if (main := self._pid()) is not None:
            for pid in (main, *children(main)):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)

    def _pid(self) -> int | None:
        with suppress(OSError, IndexError):
            return int((self._data / 'postmaster.pid').read_text().splitlines()[0])
        return None

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), f'--pgdata={self._data}', *arguments]
        # A file instead of a pipe: the started server inherits it, so a pipe would not end with `pg_ctl`.
        with (self._home / 'output').open('wb') as output:
            done = subprocess.run(
                command, cwd=self._home, stdout=output, stderr=output, timeout=SECONDS, check=False, **self._user
            )
        assert done.returncode == 0, (self._home / 'output').read_text()


class Standby(Cluster):
    """Replicates a running cluster under a name, while it runs."""

    def __init__(self, primary: Cluster, name: str) -> None:
        super().__init__(primary.programs)
        self._source = f'{primary.source} application_name={name}'

    def __enter__(self) -> Self:
        connection = f'--dbname={self._source}'
        self._run('pg_basebackup', connection, '--write-recovery-conf', '--checkpoint=fast', '--no-sync')
        return self
