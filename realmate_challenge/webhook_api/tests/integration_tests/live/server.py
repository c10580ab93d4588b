"""The real server in processes of its own, with a database of its own."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from uuid import uuid4

import psycopg
from psycopg import sql

from realmate_challenge.webhook_api.tests.processes import PRODUCTION, ROOT, environment_with

START_SECONDS: Final = 30
STOP_SECONDS: Final = 20
DATABASE_NAME: Final = re.compile(r'/[^/?]*(?=\?|$)')


@contextmanager
def fresh_database(directory: Path) -> Iterator[str]:
    """The address of a new database where `DATABASE_URL` says, else of a SQLite file. It is gone afterwards."""
    given = os.environ.get('DATABASE_URL', '')
    if not given.startswith('postgres'):
        yield f'sqlite:///{directory / "live.sqlite3"}'
        return
    name = f'live_{uuid4().hex}'
    # A server that is missing is a failure, not a reason to skip.
    with psycopg.connect(DATABASE_NAME.sub('/postgres', given), autocommit=True) as connection:
        connection.execute(sql.SQL('CREATE DATABASE {}').format(sql.Identifier(name)))
        try:
            yield DATABASE_NAME.sub(f'/{name}', given)
        finally:
            connection.execute(sql.SQL('DROP DATABASE {} WITH (FORCE)').format(sql.Identifier(name)))


def free_port() -> int:
    with socket.create_server(('127.0.0.1', 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_server(database: str, log: Path, **environ: str) -> Iterator[int]:
    """The port of a server with two workers, on a migrated database; it has stopped afterwards."""
    port = free_port()
    given = environment_with(
        **{
            **PRODUCTION,
            'DATABASE_URL': database,
            'DJANGO_ALLOWED_HOSTS': '127.0.0.1',
            'DJANGO_HTTPS': 'false',
            'API_REQUIRE_AUTH': 'false',
            'WEBHOOK_SECRETS': '',
            'HOST': '127.0.0.1',
            'PORT': str(port),
            'WORKERS': '2',
            **environ,
        }
    )
    del given['DJANGO_SETTINGS_MODULE']
    migrate = [sys.executable, 'manage.py', 'migrate', '--verbosity', '0']
    subprocess.run(migrate, cwd=ROOT, env=given, check=True, timeout=120)  # noqa: S603 - our own code
    with log.open('wb') as output:
        server = subprocess.Popen(
            [sys.executable, '-m', 'realmate_challenge.serve'],
            cwd=ROOT,
            env=given,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(server, port, log)
            yield port
        finally:
            _stop(server)


def _wait_until_ready(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            connection = HTTPConnection('127.0.0.1', port, timeout=5)
            connection.request('GET', '/health/ready')
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    message = f'The server did not start:\n{log.read_text(encoding="utf-8")}'
    raise AssertionError(message)


def _stop(server: subprocess.Popen[bytes]) -> None:
    """By its process id; its workers are its own to stop."""
    server.terminate()
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
