"""Copy whole databases with their own tools, and count the rows of the copies."""

import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

# In a dump, the rows of a table stand between this line and a line `\.`.
COPY: Final = re.compile(rb'COPY (?:\S+\.)?"?(\w+)"? \(.* FROM stdin;\n')
END: Final = b'\\.\n'
# `options` are for our sessions, and poolers refuse them.
NOT_FOR_PROGRAMS: Final = {b'password', b'options', b'connect_timeout'}


def run(program: str, *arguments: str) -> Iterator[bytes]:
    """Run a program of PostgreSQL on the service's database, and yield its output. Raises: CommandError."""
    environment = {**os.environ, 'PGPASSWORD': connection.settings_dict['PASSWORD']}
    try:
        with subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, env=environment) as process:  # noqa: S603 - our commands
            yield from process.stdout or ()
    except FileNotFoundError as error:
        message = f'{program} is not installed: install the client programs of PostgreSQL (postgresql-client).'
        raise CommandError(message) from error
    if process.returncode:
        message = f'{program} failed, as written above.'
        raise CommandError(message)


def address() -> str:
    """Return the option of PostgreSQL's programs for the service's database, without the password."""
    known = {each.keyword.decode() for each in Conninfo.get_defaults() if each.keyword not in NOT_FOR_PROGRAMS}
    return '--dbname=' + make_conninfo(**{k: v for k, v in connection.get_connection_params().items() if k in known})


def connect(alias: str, config: Mapping[str, Any]) -> BaseDatabaseWrapper:
    connections.settings[alias] = connections.configure_settings({'default': dict(config)})['default']
    return connections[alias]


def row_counts(database: BaseDatabaseWrapper) -> Counter[str]:
    """Return the number of rows of each table. Empty tables are left out."""
    counts: Counter[str] = Counter()
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM {database.ops.quote_name(table)}')  # noqa: S608 - a name from the database
            ((counts[table],),) = cursor.fetchall()
    return +counts


def file_counts(file: Path) -> Counter[str]:
    """Return the same for a backup, which is read as a whole. Raises: CommandError; Django's database errors."""
    if connection.vendor == 'sqlite':
        return row_counts(connect('backup', {'ENGINE': connection.settings_dict['ENGINE'], 'NAME': file}))
    counts: Counter[str] = Counter()
    lines = run('pg_restore', '--data-only', '--file=-', str(file))
    for line in lines:
        if match := COPY.fullmatch(line):
            counts[match[1].decode()] = sum(1 for _ in iter(partial(next, lines), END))
    return +counts


def verify(expected: Counter[str], copied: Counter[str]) -> str:
    """Return a description of the counts. Raises: CommandError, if they differ."""
    if wrong := ', '.join(f'{t}: {expected[t]} -> {copied[t]}' for t in expected | copied if expected[t] != copied[t]):
        message = f'The copy has other numbers of rows: {wrong}.'
        raise CommandError(message)
    lines = [f'{count:>14,} {table}' for table, count in sorted(copied.items())]
    return '\n'.join([*lines, 'Verified: the copy has all rows.'])
