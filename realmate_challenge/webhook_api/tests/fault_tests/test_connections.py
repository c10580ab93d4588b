"""The number of database connections stays bounded while idle threads end and new threads start."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from realmate_challenge.webhook_api.tests.support.databases import Database, Sqlite
from realmate_challenge.webhook_api.tests.support.server import Server

CYCLES: Final = 6
CLIENTS: Final = 16
WORKERS: Final = 2
THREADS: Final = 4
# Each worker has two more threads for health checks: see `docs/operations.md`.
MOST: Final = WORKERS * (THREADS + 2)
# The shortest time that granian accepts.
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
    """Count the connections to PostgreSQL, or the descriptors of SQLite's file."""
    if not isinstance(database, Sqlite):
        statement = 'SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = current_database()'
        return int(database.query(statement)[0][0])
    targets = []
    for descriptor in (entry for pid in server.workers() for entry in Path(f'/proc/{pid}/fd').iterdir()):
        with suppress(FileNotFoundError):
            targets.append(descriptor.readlink())
    return targets.count(database.file)


def use_every_thread(server: Server) -> None:
    def send(_: int) -> None:
        with server.client() as client:
            for path in ('/conversations/', '/health/ready', '/metrics', '/conversations/') * 3:
                assert client.get(path).status == 200

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(send, range(CLIENTS)))


def test_bursts_and_pauses_do_not_accumulate_connections(database: Database, tmp_path: Path) -> None:
    environment = {'DATABASE_URL': database.url, 'WORKERS': str(WORKERS), 'BLOCKING_THREADS': str(THREADS)}
    counts = []
    with Server(tmp_path, environment, program=('-c', PROGRAM)) as server:
        for _ in range(CYCLES):
            use_every_thread(server)
            # The thread of the last health check still closes its connection.
            time.sleep(0.5)
            counts.append(connections(server, database))
            time.sleep(IDLE_SECONDS + 1)

    assert 0 < max(counts) <= MOST
