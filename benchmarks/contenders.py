"""Who is measured: this project, and the peers to compare it with."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, final

from benchmarks.databases import Databases
from benchmarks.errors import BenchmarkError

ROOT: Final = Path(__file__).resolve().parent.parent
PEER_TABLES: Final = ROOT / 'benchmarks' / 'peers' / 'schema.sql'
PEERS: Final = {
    'fastapi': ('uvicorn', 'benchmarks.peers.fastapi_sqlalchemy.app:app', '--no-access-log', '--log-level', 'warning'),
    'limit': ('granian', 'benchmarks.peers.frameworkless:app', '--interface', 'rsgi', '--no-access-log'),
}
# Overrides what the caller's environment or a `.env` file may hold; an empty value counts as unset.
PROJECT_ENVIRONMENT: Final = {
    'DJANGO_SECRET_KEY': secrets.token_urlsafe(50),
    'DJANGO_DEBUG': 'false',
    'DJANGO_HTTPS': 'false',
    'API_REQUIRE_AUTH': 'false',
    'WEBHOOK_SECRETS': '',
    'HOST': '127.0.0.1',
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A server. It finds PORT, WORKERS and DATABASE_URL in its environment, the first two also in its command."""

    name: str
    command: tuple[str, ...]
    # Of the tables `conversation` and `message`, whose columns are the same everywhere.
    table_prefix: str
    create_tables: Callable[[Databases, str], None]
    environment: Mapping[str, str] = field(default_factory=dict)
    verifies_signatures: bool = False

    def arguments(self, port: int, workers: int) -> list[str]:
        known = {'PORT': str(port), 'WORKERS': str(workers)}
        return [known.get(argument, argument) for argument in self.command]


def _migrate(databases: Databases, name: str) -> None:
    environment = os.environ | PROJECT_ENVIRONMENT | {'DATABASE_URL': databases.url(name)}
    command = [sys.executable, 'manage.py', 'migrate', '--verbosity', '0']
    migrated = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if migrated.returncode:
        message = f'manage.py migrate failed: {migrated.stderr.strip()[-500:]}'
        raise BenchmarkError(message)


def _create_peer_tables(databases: Databases, name: str) -> None:
    databases.execute(name, PEER_TABLES.read_text())


PROJECT: Final = Contender(
    name='realmate',
    command=(sys.executable, '-m', 'realmate_challenge.serve'),
    table_prefix='webhook_api_',
    create_tables=_migrate,
    environment=PROJECT_ENVIRONMENT,
    verifies_signatures=True,
)


def peers(environment: Path) -> list[Contender]:
    """The peers, run by the Python of a virtual environment with `benchmarks/peers/requirements.txt`.

    Raises: BenchmarkError, if there is none.
    """
    python = environment.absolute() / 'bin' / 'python'
    if not python.exists():
        message = f'{environment} is no virtual environment; see docs/performance.md for how to make one.'
        raise BenchmarkError(message)
    return [_peer(python, name, server) for name, server in PEERS.items()]


def _peer(python: Path, name: str, server: Sequence[str]) -> Contender:
    return Contender(
        name=name,
        command=(str(python), '-m', *server, '--host', '127.0.0.1', '--port', 'PORT', '--workers', 'WORKERS'),
        table_prefix='',
        create_tables=_create_peer_tables,
    )
