"""Health checks and metrics on a port of their own, while all request threads wait for the database."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest

from benchmarks.server import reserve_port
from realmate_challenge.webhook_api.tests.fault_tests.conftest import skip_without
from realmate_challenge.webhook_api.tests.support.clients import Client, wait_for
from realmate_challenge.webhook_api.tests.support.databases import Database, Sqlite
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION
from realmate_challenge.webhook_api.tests.support.server import Server

# Half of the time for which a request waits for a lock.
SECONDS = 2.5
HAPROXY = """
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
frontend public
    bind 127.0.0.1:{port}
    default_backend service
backend service
    option httpchk
    http-check send meth OPTIONS uri /health/ready hdr Host 10.0.0.1
    server one 127.0.0.1:{server} check inter 200 fall 1 rise 1
"""


@pytest.fixture
def management_port() -> int:
    return reserve_port()


@pytest.fixture
def server(database: Database, start_server: StartServer, management_port: int) -> Server:
    """A server with one request thread, behind a TLS proxy."""
    environment = {'WORKERS': '1', 'BLOCKING_THREADS': '1', 'MANAGEMENT_PORT': str(management_port)}
    made = start_server(database, DJANGO_HTTPS='true', **environment)
    wait_for(lambda: status_of(management_port, '/health/live') == 200)
    return made


def status_of(port: int, path: str) -> int:
    with Client(port) as client, suppress(OSError):
        return client.get(path, Host='10.0.0.1').status
    return 0


def process_of(port: int) -> int:
    """Return the id of the management process."""
    (found,) = (
        int(each.name)
        for each in Path('/proc').iterdir()
        if each.name.isdigit() and f'management_server\x00127.0.0.1\x00{port}\x00' in command_of(each)
    )
    return found


def command_of(process: Path) -> str:
    with suppress(OSError):
        return (process / 'cmdline').read_text()
    return ''


def test_it_answers_while_every_request_thread_waits(database: Database, server: Server, management_port: int) -> None:
    with closing(database.connect()) as other, ThreadPoolExecutor() as pool, server.client() as client:
        is_sqlite = isinstance(database, Sqlite)
        other.execute('BEGIN IMMEDIATE' if is_sqlite else 'BEGIN')
        other.execute('DELETE FROM webhook_api_conversation')
        other.execute('SELECT 1' if is_sqlite else 'LOCK TABLE webhook_api_conversation')
        waiting = pool.submit(client.post, NEW_CONVERSATION)
        for path in ('/health/live', '/health/ready', '/metrics'):
            started_at = time.monotonic()
            assert status_of(management_port, path) == 200
            assert time.monotonic() - started_at < SECONDS
        assert not waiting.done()
        other.execute('ROLLBACK')
        assert waiting.result().status == 204
    for path in ('/', '/webhook/', '/conversations/', '/admin/', '/docs/'):
        assert status_of(management_port, path) == 404


def test_it_is_started_again_and_ends_with_the_server(server: Server, management_port: int) -> None:
    first = process_of(management_port)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: status_of(management_port, '/health/live') == 200)
    assert server.is_running()

    second = process_of(management_port)
    assert second != first
    server.reload()
    wait_for(lambda: not command_of(Path('/proc', str(second))))
    wait_for(lambda: status_of(management_port, '/health/live') == 200)

    second = process_of(management_port)
    server.kill_main()
    # It looks after its parent once a second; a busy machine needs longer.
    assert wait_for(lambda: not command_of(Path('/proc', str(second)))) < 4 * SECONDS


@pytest.fixture
def proxy(server: Server, tmp_path: Path) -> Iterator[int]:
    """The port of an HAProxy, which asks with OPTIONS whether the server is ready."""
    program = shutil.which('haproxy', path=f'{os.environ["PATH"]}:/usr/sbin') or skip_without('haproxy')
    port, file = reserve_port(), tmp_path / 'haproxy.cfg'
    file.write_text(HAPROXY.format(port=port, server=server.port))
    with subprocess.Popen([program, '-q', '-f', str(file)]) as process:
        yield port
        process.terminate()


def test_haproxy_sees_whether_the_server_is_ready(database: Database, server: Server, proxy: int) -> None:
    wait_for(lambda: status_of(proxy, '/health/live') == 200)
    database.execute('ALTER TABLE django_migrations RENAME TO hidden')
    server.restart()
    wait_for(lambda: status_of(proxy, '/health/live') == 503)
    database.execute('ALTER TABLE hidden RENAME TO django_migrations')
    wait_for(lambda: status_of(proxy, '/health/live') == 200)


def test_a_killed_server_leaves_no_metrics_for_the_next(
    database: Database, start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(database, TMPDIR=str(tmp_path))
    (directory,) = tmp_path.glob('realmate-metrics-*')
    (left := directory / 'left.db').touch()
    server.kill_main()
    server.restart()

    assert list(tmp_path.glob('realmate-metrics-*')) == [directory]
    assert not left.exists()
    server.stop()
    assert not directory.exists()


def test_a_worker_that_hangs_is_killed_and_leaves_no_metrics(
    database: Database, start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(database, TMPDIR=str(tmp_path))
    os.kill(server.workers()[0], signal.SIGSTOP)

    server.stop()

    assert not list(tmp_path.glob('realmate-metrics-*'))


def test_a_second_server_leaves_the_directory_of_a_running_one(
    database: Database, start_server: StartServer, tmp_path: Path
) -> None:
    start_server(database, TMPDIR=str(tmp_path))
    start_server(database, TMPDIR=str(tmp_path))

    assert len(list(tmp_path.glob('realmate-metrics-*'))) == 2
