"""Databases for live servers: made for one test, gone after it, and looked into without the service's code."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, final
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from realmate_challenge.webhook_api.tests.support.processes import ROOT, environment_with

type Rows = list[tuple[Any, ...]]

# Who refers to others first.
TABLES: Final = ('messagecount', 'message', 'conversation', 'unappliedevent')


class Database(Protocol):
    @property
    def url(self) -> str: ...
    def query(self, statement: str) -> Rows: ...
    def execute(self, *statements: str) -> None: ...
    def key(self, identifier: object) -> str:
        """An id as a literal of SQL."""


class Databases(Protocol):
    """A database server, or what stands for it."""

    def create(self, *, migrated: bool = True) -> Database: ...
    def drop(self, database: Database) -> None: ...


def empty(database: Database) -> None:
    """Of what events left behind."""
    database.execute(*(f'DELETE FROM webhook_api_{table}' for table in TABLES))  # noqa: S608 - names of ours


def manage(database: Database, *arguments: str) -> str:
    """`manage.py ARGUMENTS` on a database; what it printed."""
    environment = environment_with(
        DJANGO_SETTINGS_MODULE='realmate_challenge.settings', DJANGO_DEBUG='true', DATABASE_URL=database.url
    )
    command = [sys.executable, 'manage.py', *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@final
@dataclass(frozen=True, slots=True)
class Postgres:
    url: str

    def query(self, statement: str) -> Rows:
        with self.connect() as connection:
            return connection.execute(sql.SQL(statement)).fetchall()

    def execute(self, *statements: str) -> None:
        with self.connect() as connection:
            for statement in statements:
                connection.execute(sql.SQL(statement))

    def key(self, identifier: object) -> str:
        return f"'{UUID(str(identifier))}'"

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url, autocommit=True, connect_timeout=5)

    def end_connections(self) -> None:
        """All but the one that asks."""
        self.query(
            'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity '
            'WHERE datname = current_database() AND pid <> pg_backend_pid()'
        )


@final
class PostgresServer:
    """Databases beside the one that an address names."""

    def __init__(self, address: str) -> None:
        # The query is meant for Django: libpq refuses what it does not know.
        self._address = urlsplit(address)._replace(query='')
        self._maintenance = self._named('postgres')
        self._template: Postgres | None = None

    def create(self, *, migrated: bool = True) -> Postgres:
        """Migrating takes seconds, and copying what is migrated does not."""
        if not migrated:
            return self._create()
        if self._template is None:
            self._template = self._create()
            manage(self._template, 'migrate', '--verbosity=0')
        return self._create(copy_of=self._template)

    def drop(self, database: Database) -> None:
        self._maintenance.execute(f'DROP DATABASE IF EXISTS {_name(database)} WITH (FORCE)')

    def close(self) -> None:
        if self._template is not None:
            self.drop(self._template)

    def _create(self, copy_of: Postgres | None = None) -> Postgres:
        database = self._named(f'faults_{uuid4().hex[:12]}')
        template = '' if copy_of is None else f' TEMPLATE {_name(copy_of)}'
        self._maintenance.execute(f'CREATE DATABASE {_name(database)}{template}')
        return database

    def _named(self, name: str) -> Postgres:
        return Postgres(urlunsplit(self._address._replace(path=f'/{name}')))


def _name(database: Database) -> str:
    return f'"{urlsplit(database.url).path.removeprefix("/")}"'


@final
@dataclass(frozen=True, slots=True)
class Sqlite:
    file: Path

    @property
    def url(self) -> str:
        return f'sqlite:///{self.file}'

    def query(self, statement: str) -> Rows:
        with closing(self.connect()) as connection:
            return connection.execute(statement).fetchall()

    def execute(self, *statements: str) -> None:
        with closing(self.connect()) as connection:
            for statement in statements:
                connection.execute(statement)

    def key(self, identifier: object) -> str:
        return f"'{UUID(str(identifier)).hex}'"

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.file, autocommit=True)


@final
class SqliteFiles:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._template: Sqlite | None = None

    def create(self, *, migrated: bool = True) -> Sqlite:
        database = self._create()
        if migrated:
            if self._template is None:
                self._template = self._create()
                manage(self._template, 'migrate', '--verbosity=0')
            shutil.copyfile(self._template.file, database.file)
        return database

    def drop(self, database: Database) -> None:
        """The directory goes as a whole."""

    def close(self) -> None:
        pass

    def _create(self) -> Sqlite:
        return Sqlite(self._directory / f'{uuid4().hex}.sqlite3')


def stored(rows: Sequence[tuple[Any, ...]]) -> set[UUID]:
    """The ids in the first column: text on SQLite, UUIDs on PostgreSQL."""
    return {row[0] if isinstance(row[0], UUID) else UUID(row[0]) for row in rows}
