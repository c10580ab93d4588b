"""Databases for live servers, each made for one test or module. Tests read them without the service's code."""

import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from benchmarks import databases
from realmate_challenge.webhook_api.tests.support.processes import ROOT, environment_with

type Rows = list[tuple[Any, ...]]

# In an order that satisfies foreign keys when rows are deleted.
TABLES: Final = ('messagecount', 'message', 'conversation', 'unappliedevent')


@dataclass(frozen=True, slots=True)
class Database:
    server: databases.Postgres | databases.Sqlite
    name: str

    @property
    def url(self) -> str:
        return self.server.url(self.name)

    def connect(self) -> Any:  # noqa: ANN401 - the connections of psycopg and sqlite3 have no common type
        """Return a connection in autocommit mode."""
        return self.server.connect(self.name)

    def query(self, statement: str) -> Rows:
        with closing(self.connect()) as connection:
            rows: Rows = connection.execute(statement).fetchall()
            return rows

    def execute(self, *statements: str) -> None:
        with closing(self.connect()) as connection:
            for statement in statements:
                connection.execute(statement)

    def empty(self) -> None:
        """Delete what events stored."""
        self.execute(*(f'DELETE FROM webhook_api_{table}' for table in TABLES))  # noqa: S608 - constant names

    def count(self, table: str, where: str = 'true') -> int:
        return int(self.query(f'SELECT count(*) FROM webhook_api_{table} WHERE {where}')[0][0])  # noqa: S608 - constants

    def start_manage(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start `manage.py ARGUMENTS` on the database."""
        settings = {'DJANGO_SETTINGS_MODULE': 'realmate_challenge.settings', 'DJANGO_DEBUG': 'true'}
        return subprocess.Popen(
            [sys.executable, 'manage.py', *arguments],
            cwd=ROOT, env=environment_with(**{**settings, 'DATABASE_URL': self.url, **environment}),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run `manage.py ARGUMENTS` on the database and return its output."""
        process = self.start_manage(*arguments, **environment)
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        return output

    def failure(self, *arguments: str, **environment: str) -> str:
        """Return the last line of the errors of `manage.py ARGUMENTS`, which fails without a traceback."""
        process = self.start_manage(*arguments, **environment)
        _, errors = process.communicate(timeout=120)
        assert process.returncode != 0
        assert 'Traceback' not in errors
        return errors.splitlines()[-1]


class Postgres(Database):
    def end_connections(self) -> None:
        """Terminate all other connections to the database."""
        self.query(
            'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity '
            'WHERE datname = current_database() AND pid <> pg_backend_pid()'
        )


class Sqlite(Database):
    @property
    def file(self) -> Path:
        return Path(self.url.removeprefix('sqlite:///'))


class Databases:
    """Creates databases. Migrating takes seconds, so migrated databases are copies of a template."""

    def __init__(self, server: databases.Postgres | databases.Sqlite) -> None:
        self.server: Final = server
        self._template: Database | None = None

    def create(self, *, migrated: bool = True) -> Database:
        name = f'live_{uuid4().hex[:12]}'
        if migrated:
            if self._template is None:
                self._template = self.create(migrated=False)
                self._template.manage('migrate', '--verbosity=0')
            self.server.copy(self._template.name, name)
        else:
            self.server.create(name)
        kind = Postgres if isinstance(self.server, databases.Postgres) else Sqlite
        return kind(self.server, name)

    def drop(self, database: Database | None) -> None:
        if database is not None:
            self.server.drop(database.name)

    def close(self) -> None:
        self.drop(self._template)
