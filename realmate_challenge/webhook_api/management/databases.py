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
from django.db.backends.postgresql.client import DatabaseClient

# In a dump, the rows of a table stand between this line and a line `\.`.
COPY: Final = re.compile(rb'COPY (?:\S+\.)?"?(\w+)"? \(.* FROM stdin;\n')


def run(program: str, *arguments: str, connected: bool = True) -> Iterator[bytes]:
    """Run a program of PostgreSQL, by default on the service's database, and yield its output. Raises: CommandError."""
    # As `manage.py dbshell` calls psql.
    (_, *options, name), environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    # Several hosts are in the query of DATABASE_URL.
    hosts = {f'PG{key.upper()}': connection.settings_dict['OPTIONS'].get(key, '') for key in ('host', 'port')}
    command = [program, *arguments, *((*options, f'--dbname={name}') if connected else ())]
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | hosts | (environment or {})) as process:  # noqa: S603 - our commands
            yield from process.stdout or ()
    except FileNotFoundError as error:
        message = f'{program} is not installed: install the client programs of PostgreSQL (postgresql-client).'
        raise CommandError(message) from error
    if process.returncode:
        message = f'{program} failed, as written above.'
        raise CommandError(message)


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
        copy = connect('backup', {'ENGINE': connection.settings_dict['ENGINE'], 'NAME': file})
        with copy.cursor() as cursor:
            cursor.execute('PRAGMA integrity_check')
            if cursor.fetchall() != [('ok',)]:
                message = f'{file} is damaged.'
                raise CommandError(message)
        return row_counts(copy)
    counts: Counter[str] = Counter()
    lines = run('pg_restore', '--data-only', '--file=-', str(file), connected=False)
    for line in lines:
        if match := COPY.fullmatch(line):
            counts[match[1].decode()] = sum(1 for _ in iter(partial(next, lines), b'\\.\n'))
    return +counts


def verify(expected: Counter[str], copied: Counter[str]) -> str:
    """Return a description of the counts. Raises: CommandError, if they differ."""
    if wrong := ', '.join(f'{t}: {expected[t]} -> {copied[t]}' for t in expected | copied if expected[t] != copied[t]):
        message = f'The copy has other numbers of rows: {wrong}.'
        raise CommandError(message)
    lines = [f'{count:>14,} {table}' for table, count in sorted(copied.items())]
    return '\n'.join([*lines, 'Verified: the copy has all rows.'])
