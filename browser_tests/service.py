"""The service under test: a process with its own database."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

from benchmarks.contenders import PROJECT, PROJECT_ENVIRONMENT, ROOT
from benchmarks.databases import Databases
from benchmarks.server import Server, running

USER: Final = 'ana'
PASSWORD: Final = 'only-for-tests'  # noqa: S105 - as it says
# As in production, but without TLS. Empty values override a developer's `.env`.
ENVIRONMENT: Final = PROJECT_ENVIRONMENT | {
    'DJANGO_SETTINGS_MODULE': 'realmate_challenge.settings',
    'DJANGO_SUPERUSER_PASSWORD': PASSWORD,
    'API_REQUIRE_AUTH': 'true',
    'WEBHOOK_ACCEPT_LATE_MESSAGES': '',
    'WEBHOOK_SIGNATURE_SCHEME': '',
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    server: Server
    database_url: str

    @property
    def base(self) -> str:
        return self.server.base

    def post(self, event: Mapping[str, Any]) -> int:
        """Return the status of the answer."""
        return self.server.status('POST', '/webhook/', json.dumps(event))

    def manage(self, *arguments: str) -> str:
        return manage(self.database_url, *arguments)


def manage(database_url: str, *arguments: str) -> str:
    """Return what a command of `manage.py` prints."""
    environment = {**os.environ, **ENVIRONMENT, 'DATABASE_URL': database_url}
    command = [sys.executable, 'manage.py', *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


def prepare(databases: Databases, name: str) -> None:
    """Create a migrated database with one superuser."""
    databases.create(name)
    manage(databases.url(name), 'migrate', '--verbosity', '0')
    manage(databases.url(name), 'createsuperuser', '--noinput', '--username', USER, '--email', '')


@contextmanager
def serving(databases: Databases, template: str, name: str, log: Path, **settings: str) -> Iterator[Service]:
    """Run the service on a copy of a prepared database."""
    databases.copy(template, name)
    environment = {**ENVIRONMENT, 'DATABASE_URL': databases.url(name), **settings}
    try:
        with running(PROJECT, workers=1, environment=environment, log=log) as server:
            yield Service(server=server, database_url=databases.url(name))
    finally:
        databases.drop(name)
