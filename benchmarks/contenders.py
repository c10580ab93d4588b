"""The measured servers: this project, and peers to compare it with."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, final

from benchmarks.databases import Databases
from benchmarks.errors import BenchmarkError

ROOT: Final = Path(__file__).resolve().parent.parent
PEERS: Final = {
    'fastapi': ('uvicorn', 'benchmarks.peers.fastapi_sqlalchemy:app', '--no-access-log', '--log-level', 'warning'),
    'limit': ('granian', 'benchmarks.peers.frameworkless:app', '--interface', 'rsgi', '--no-access-log'),
}
# Overrides the caller's environment and a `.env` file; an empty value counts as not set.
PROJECT_ENVIRONMENT: Final = {
    'DJANGO_SECRET_KEY': secrets.token_urlsafe(50),
    'DJANGO_DEBUG': 'false',
    'DJANGO_HTTPS': 'false',
    'API_REQUIRE_AUTH': 'true',
    'WEBHOOK_SECRETS': '',
    'HOST': '127.0.0.1',
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A server. Its environment has PORT, WORKERS and DATABASE_URL; its command contains the first two."""

    name: str
    command: tuple[str, ...]
    # Of the tables `conversation` and `message`, which have the same columns everywhere.
    table_prefix: str
    # Creates the tables of a database and returns a token that may read, if reading needs one.
    create_tables: Callable[[Databases, str], str | None]
    environment: Mapping[str, str] = field(default_factory=dict)
    verifies_signatures: bool = False

    def arguments(self, port: int, workers: int) -> list[str]:
        values = {'PORT': str(port), 'WORKERS': str(workers)}
        return [values.get(argument, argument) for argument in self.command]


def _migrate(databases: Databases, name: str) -> str:
    environment = {**os.environ, **PROJECT_ENVIRONMENT, 'DATABASE_URL': databases.url(name)}
    environment['DJANGO_SUPERUSER_PASSWORD'] = secrets.token_urlsafe()

    def manage(*arguments: str) -> str:
        command = [sys.executable, 'manage.py', *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            message = f'manage.py {arguments[0]} failed: {done.stderr.strip()[-500:]}'
            raise BenchmarkError(message)
        return done.stdout

    manage('migrate', '--verbosity', '0')
    manage('createsuperuser', '--noinput', '--username', 'bench', '--email', '')
    return manage('create_token', 'bench').splitlines()[-1]


def _create_peer_tables(databases: Databases, name: str) -> None:
    databases.execute(name, (ROOT / 'benchmarks' / 'peers' / 'schema.sql').read_text())


PROJECT: Final = Contender(
    name='realmate',
    command=(sys.executable, '-m', 'realmate_challenge.serve'),
    table_prefix='webhook_api_',
    create_tables=_migrate,
    environment=PROJECT_ENVIRONMENT,
    verifies_signatures=True,
)


def peers(environment: Path) -> list[Contender]:
    """Return the peers, which run in a virtual environment with `benchmarks/peers/requirements.txt`.

    Raises: BenchmarkError if there is none.
    """
    python = environment.absolute() / 'bin' / 'python'
    if not python.exists():
        message = f'{environment} is not a virtual environment; docs/performance.md shows how to create it.'
        raise BenchmarkError(message)
    address = ('--host', '127.0.0.1', '--port', 'PORT', '--workers', 'WORKERS')
    return [
        Contender(
            name=name,
            command=(str(python), '-m', *server, *address),
            table_prefix='',
            create_tables=_create_peer_tables,
        )
        for name, server in PEERS.items()
    ]
