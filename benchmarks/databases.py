"""The databases of a run: made for it, gone after it."""

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
    """Databases by name, on one server."""

    @property
    def label(self) -> str: ...
    def url(self, name: str) -> str: ...
    def create(self, name: str) -> None: ...
    def copy(self, template: str, name: str) -> None:
        """Make the database `name` as `template` is; nobody may be connected to that."""

    def drop(self, name: str) -> None: ...
    def execute(self, name: str, script: str) -> None: ...
    def fill(self, name: str, table: str, columns: Sequence[str], rows: Rows) -> None: ...
    def settle(self, name: str) -> None:
        """Do now what the database would otherwise do in the background soon after being filled."""

    def count(self, name: str, table: str) -> int: ...


def at(url: str, directory: Path) -> Databases:
    """SQLite keeps its files in `directory`. Raises: BenchmarkError, if there is nothing to be reached."""
    if url.startswith('sqlite:'):
        return Sqlite(directory)
    if not url.startswith(('postgres://', 'postgresql://')):
        message = 'The database must be postgres://USER:PASSWORD@HOST:PORT or sqlite://.'
        raise BenchmarkError(message)
    try:
        with _connect(url, 'postgres') as connection:
            return Postgres(url, f'PostgreSQL {connection.info.server_version // 10_000}')
    except psycopg.OperationalError as error:
        raise BenchmarkError(' '.join(str(error).split())) from error


@final
@dataclass(frozen=True, slots=True)
class Postgres:
    address: str
    label: str

    def url(self, name: str) -> str:
        return _named(self.address, name)

    def create(self, name: str) -> None:
        self._run('postgres', sql.SQL('CREATE DATABASE {}').format(sql.Identifier(name)))

    def copy(self, template: str, name: str) -> None:
        statement = sql.SQL('CREATE DATABASE {} TEMPLATE {}')
        self._run('postgres', statement.format(sql.Identifier(name), sql.Identifier(template)))

    def drop(self, name: str) -> None:
        self._run('postgres', sql.SQL('DROP DATABASE IF EXISTS {} WITH (FORCE)').format(sql.Identifier(name)))

    def execute(self, name: str, script: str) -> None:
        self._run(name, sql.SQL(script))

    def fill(self, name: str, table: str, columns: Sequence[str], rows: Rows) -> None:
        names = sql.SQL(', ').join(map(sql.Identifier, columns))
        statement = sql.SQL('COPY {} ({}) FROM STDIN').format(sql.Identifier(table), names)
        with _connect(self.address, name) as connection, connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def settle(self, name: str) -> None:
        self._run(name, sql.SQL('VACUUM (ANALYZE)'))

    def count(self, name: str, table: str) -> int:
        with _connect(self.address, name) as connection:
            row = connection.execute(sql.SQL('SELECT count(*) FROM {}').format(sql.Identifier(table))).fetchone()
        return int(row[0]) if row else 0

    def _run(self, name: str, statement: sql.SQL | sql.Composed) -> None:
        with _connect(self.address, name) as connection:
            connection.execute(statement)


def _named(address: str, name: str) -> str:
    return urlunsplit(urlsplit(address)._replace(path=f'/{name}'))


def _connect(address: str, name: str) -> psycopg.Connection:
    # The query of the address is meant for Django: libpq refuses what it does not know.
    plain = urlunsplit(urlsplit(_named(address, name))._replace(query=''))
    return psycopg.connect(plain, autocommit=True, connect_timeout=5)


@final
@dataclass(frozen=True, slots=True)
class Sqlite:
    directory: Path
    label: str = f'SQLite {sqlite3.sqlite_version}'

    def url(self, name: str) -> str:
        return f'sqlite:///{self._file(name)}'

    def create(self, name: str) -> None:
        """The first connection does."""

    def copy(self, template: str, name: str) -> None:
        shutil.copyfile(self._file(template), self._file(name))

    def drop(self, name: str) -> None:
        for file in self.directory.glob(f'{name}.sqlite3*'):
            file.unlink()

    def execute(self, name: str, script: str) -> None:
        with closing(sqlite3.connect(self._file(name))) as connection, connection:
            connection.executescript(script)

    def fill(self, name: str, table: str, columns: Sequence[str], rows: Rows) -> None:
        places = ', '.join('?' * len(columns))
        statement = f'INSERT INTO {table} ({", ".join(columns)}) VALUES ({places})'  # noqa: S608 - names of ours
        with closing(sqlite3.connect(self._file(name))) as connection, connection:
            connection.executemany(statement, ([_as_django_stores(value) for value in row] for row in rows))

    def settle(self, name: str) -> None:
        """Nothing: SQLite does nothing in the background."""

    def count(self, name: str, table: str) -> int:
        with closing(sqlite3.connect(self._file(name))) as connection:
            return int(connection.execute(f'SELECT count(*) FROM {table}').fetchone()[0])  # noqa: S608 - a name of ours

    def _file(self, name: str) -> Path:
        return self.directory / f'{name}.sqlite3'


def _as_django_stores(value: object) -> object:
    match value:
        case UUID():
            return value.hex
        case datetime():
            return str(value.astimezone(UTC).replace(tzinfo=None))
        case _:
            return value
