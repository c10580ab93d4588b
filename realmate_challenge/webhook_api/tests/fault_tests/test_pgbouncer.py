"""PgBouncer in transaction mode, with and without the documented settings."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from benchmarks.server import reserve_port
from realmate_challenge.webhook_api.tests.fault_tests.conftest import skip_without
from realmate_challenge.webhook_api.tests.support.clients import Journal, sending, wait_for
from realmate_challenge.webhook_api.tests.support.databases import Database, Postgres
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.live_histories import assert_all_is_stored, histories

CONFIGURATION = """
[databases]
* = host={url.hostname} port={port} user={url.username} password={url.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
auth_type = any
pool_mode = transaction
default_pool_size = 3
ignore_startup_parameters = options
"""
EVENTS = 200


@pytest.fixture
def pooled(database: Database, tmp_path: Path) -> Iterator[str]:
    """The URL of the database through PgBouncer."""
    if not isinstance(database, Postgres):
        pytest.skip('PostgreSQL only')
    program = shutil.which('pgbouncer', path=f'{os.environ["PATH"]}:/usr/sbin') or skip_without('pgbouncer')
    url, listen_port = urlsplit(database.url), reserve_port()
    configuration = CONFIGURATION.format(url=url, port=url.port or 5432, listen_port=listen_port)
    # PgBouncer does not run as root.
    user = ['--user=nobody'] if os.geteuid() == 0 else []
    file = tmp_path / 'pgbouncer.ini'
    file.write_text(configuration)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    with subprocess.Popen([program, '--quiet', *user, str(file)]) as process:
        found = url._replace(netloc=f'{url.username}@127.0.0.1:{listen_port}').geturl()
        try:
            wait_for(lambda: is_up(found))
            yield found
        finally:
            process.terminate()


def is_up(url: str) -> bool:
    try:
        with closing(psycopg.connect(url)):
            return True
    except psycopg.OperationalError:
        return False


@pytest.mark.parametrize('documented', [True, False])
def test_events_through_pgbouncer(
    pooled: str, database: Database, start_server: StartServer, *, documented: bool
) -> None:
    url = f'{pooled}?prepare_threshold=' if documented else pooled
    server = start_server(database, DATABASE_URL=url, WORKERS='1')
    sent, journal = histories(EVENTS), Journal()
    lanes = [[history.opening, *history.messages, history.closing] for history in sent]
    with sending(server.port, lanes, journal):
        pass
    remedies = [line for line in server.lines() if 'prepare_threshold' in line['message']]

    assert_all_is_stored(database, sent)
    assert set(journal.statuses) <= ({204} if documented else {204, 503})
    assert [line['level'] for line in remedies] == ([] if documented else ['ERROR'])
