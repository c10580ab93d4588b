"""Databases on one server, created for a run and dropped after it. Tests use them too."""

import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, final
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import psycopg
from psycopg import sql

from benchmarks.errors import BenchmarkError

type Rows = Iterable[Sequence[object]]


class Databases(Protocol):
    """Databases by name."""

    @property
    def label(self) -> str: ...
    def url(self, name: str) -> str: ...
    def create(self, name: str) -> None: ...
    def copy(self, template: str, name: str) -> None:
        """Create the database `name` as a copy of `template`, which must have no connections."""

    def drop(self, name: str) -> None: ...
    def execute(self, name: str, script: str) -> None: ...
    def fill(self, name: str, table: str, columns: Sequence[str], rows: Rows) -> None: ...
    def vacuum(self, name: str) -> None:
        """Do now what the database would do in the background soon after `fill`."""

    def count(self, name: str, table: str) -> int: ...


def at(url: str, directory: Path) -> Databases:
    """Return the databases of a server, or SQLite files in `directory`.

    Raises: BenchmarkError if the server cannot be reached.
    """
    if url.startswith('sqlite:'):
        return Sqlite(directory)
    if not url.startswith(('postgres://', 'postgresql://')):
        message = 'The database must be postgres://USER:PASSWORD@HOST:PORT or sqlite://.'
        raise BenchmarkError(message)
    try:
        with Postgres(url).connect('postgres') as connection:
            return Postgres(url, f'PostgreSQL {connection.info.server_version // 10_000}')
    except psycopg.OperationalError as error:
        raise BenchmarkError(' '.join(str(error).split())) from error


@final
@dataclass(frozen=True, slots=True)
class Postgres:
    address: str
    label: str = 'PostgreSQL'

    def url(self, name: str) -> str:
        return urlunsplit(urlsplit(self.address)._replace(path=f'/{name}'))

    def connect(self, name: str) -> psycopg.Connection:
        # The query of the address is for Django; libpq refuses unknown parameters.
        return psycopg.connect(self.url(name).partition('?')[0], autocommit=True, connect_timeout=5)

    def create(self, name: str) -> None:
        self.execute('postgres', f'CREATE DATABASE "{name}"')

    def copy(self, template: str, name: str) -> None:
        self.execute('postgres', f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop(self, name: str) -> None:
        self.execute('postgres', f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, name: str, script: str) -> None:
        with self.connect(name) as connection:
            connection.execute(sql.SQL(script))

    def fill(self, name: str, table: str, columns: Sequence[str], rows: Rows) -> None:
        statement = sql.SQL(f'COPY {table} ({", ".join(columns)}) FROM STDIN')
        with self.connect(name) as connection, connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def vacuum(self, name: str) -> None:
        self.execute(name, 'VACUUM (ANALYZE)')

    def count(self, name: str, table: str) -> int:
        with self.connect(name) as connection:
            row = connection.execute(sql.SQL('SELECT count(*) FROM ') + sql.Identifier(table)).fetchone()
        return int(row[0]) if row else 0


@final
@dataclass(frozen=True, slots=True)
class Sqlite:
    directory: Path
    label: str = f'SQLite {sqlite3.sqlite_version}'

    def url(self, name: str) -> str:
        return f'sqlite:///{self.file(name)}'

    def connect(self, name: str) -> sqlite3.Connection:
        return sqlite3.connect(self.file(name), autocommit=True)

    def create(self, name: str) -> None:
        """Do nothing: the first connection creates the file."""

    def copy(self, template: str, name: str) -> None:
        shutil.copyfile(self.file(template), self.file(name))

    def drop(self, name: str) -> None:
        for file in self.directory.glob(f'{name}.sqlite3*'):
            file.unlink()

    def execute(self, name: str, script: str) -> None:
        with closing(self.connect(name)) as connection:
            connection.executescript(script)

    def fill(self, name: str, table: str, columns: Sequence[str], rows: Rows) -> None:
        places = ', '.join('?' * len(columns))
        statement = f'INSERT INTO {table} ({", ".join(columns)}) VALUES ({places})'  # noqa: S608 - constant names
        with closing(sqlite3.connect(self.file(name))) as connection, connection:
            connection.executemany(statement, ([_as_django_stores(value) for value in row] for row in rows))

    def vacuum(self, name: str) -> None:
        """Do nothing: SQLite does nothing in the background."""

    def count(self, name: str, table: str) -> int:
        with closing(self.connect(name)) as connection:
            return int(connection.execute(f'SELECT count(*) FROM {table}').fetchone()[0])  # noqa: S608 - a constant name

    def file(self, name: str) -> Path:
        return self.directory / f'{name}.sqlite3'


def _as_django_stores(value: object) -> object:
    match value:
        case UUID():
            return value.hex
        case datetime():
            return str(value.astimezone(UTC).replace(tzinfo=None))
        case _:
            return value
