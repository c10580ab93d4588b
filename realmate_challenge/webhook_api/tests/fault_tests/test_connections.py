"""How many database connections the server keeps, when its idle threads end and others start."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from realmate_challenge.webhook_api.tests.support.databases import Database, Postgres, Sqlite
from realmate_challenge.webhook_api.tests.support.server import Server

pytestmark = pytest.mark.faults

CYCLES: Final = 10
CLIENTS: Final = 16
WORKERS: Final = 2
THREADS: Final = 4
# As `docs/operations.md` says: each worker has two threads for health checks. One closes its connection at once, but
# SQLite keeps the descriptor for the next connection.
MOST: Final = WORKERS * (THREADS + 2)
# The shortest time that granian allows.
IDLE_SECONDS: Final = 5
PROGRAM: Final = f"""
from realmate_challenge import serve

make_server = serve.server

def server():
    made = make_server()
    made.blocking_threads_idle_timeout = {IDLE_SECONDS}
    return made

serve.server = server
serve.main()
"""


def connections(server: Server, database: Database) -> int:
    """Open connections to PostgreSQL, or open descriptors of SQLite's file."""
    if isinstance(database, Postgres):
        # The connection that asks is one of them.
        statement = 'SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()'
        return int(database.query(statement)[0][0])
    assert isinstance(database, Sqlite)
    opened = [entry for pid in server.workers() for entry in Path(f'/proc/{pid}/fd').iterdir()]
    return sum(target(entry) == str(database.file) for entry in opened)


def target(entry: Path) -> str:
    """What a descriptor in /proc refers to; nothing if it was closed meanwhile."""
    with suppress(FileNotFoundError):
        return str(entry.readlink())
    return ''


def burst(server: Server) -> None:
    """Send requests in parallel, so that every thread of every worker has to work."""

    def send(_: int) -> None:
        with server.client() as client:
            for path in ('/conversations/', '/health/ready', '/metrics', '/conversations/') * 3:
                assert client.get(path).status == 200

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(send, range(CLIENTS)))


def test_bursts_and_pauses_do_not_accumulate_connections(database: Database, tmp_path: Path) -> None:
    environment = {'DATABASE_URL': database.url, 'WORKERS': str(WORKERS), 'BLOCKING_THREADS': str(THREADS)}
    counts = []
    with Server(tmp_path, environment, program=('-c', PROGRAM)) as server:
        for _ in range(CYCLES):
            burst(server)
            # The connection of the last question for `/metrics` is being closed.
            time.sleep(0.5)
            counts.append(connections(server, database))
            time.sleep(IDLE_SECONDS + 1)

    assert 0 < max(counts) <= MOST
