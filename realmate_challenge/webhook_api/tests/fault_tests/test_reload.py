"""`systemctl reload` (SIGHUP) takes new code and settings, and a broken release leaves the old one serving."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Final

import pytest

from realmate_challenge.webhook_api.tests.support.clients import Client, wait_for
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION
from realmate_challenge.webhook_api.tests.support.processes import ROOT
from realmate_challenge.webhook_api.tests.support.server import Server

MIGRATION: Final = """
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [('webhook_api', '{last}')]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project that a test may change."""
    copy = tmp_path / 'project'
    shutil.copytree(
        ROOT / 'realmate_challenge', copy / 'realmate_challenge', ignore=shutil.ignore_patterns('tests', '__pycache__')
    )
    (copy / '.env').write_text('WEBHOOK_MAX_BODY_BYTES=10\n')
    return copy


# `Server` sets every setting, and an empty one takes precedence over `.env`.
WITHOUT_SETTING: Final = """
import os, sys
del os.environ['WEBHOOK_MAX_BODY_BYTES']
os.execv(sys.executable, [sys.executable, '-m', 'realmate_challenge.serve'])
"""


@pytest.fixture
def server(project: Path, database: Database, tmp_path: Path) -> Iterator[Server]:
    environment = {'DATABASE_URL': database.url, 'WORKERS': '2'}
    with Server(tmp_path, environment, ('-c', WITHOUT_SETTING), project=project) as started:
        wait_for_start(started)
        yield started


def wait_for_start(server: Server) -> None:
    """Wait for both workers: one that is still importing the code would import what a test changes."""
    wait_for(lambda: sum('Started worker' in line['message'] for line in server.lines()) == 2)


def change(project: Path, file: str, old: str, new: str) -> None:
    path = project / 'realmate_challenge' / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@contextmanager
def requests(server: Server) -> Iterator[list[int]]:
    """Send requests on new connections, and yield the statuses. Raises: OSError, if one has no answer."""
    statuses: list[int] = []
    ended = Event()

    def send() -> None:
        while not ended.is_set():
            with Client(server.port) as client:
                statuses.append(client.get('/health/live').status)
        statuses.append(0)

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    # A thread whose request has no answer ends without its last entry.
    assert statuses.count(0) == len(threads)
    assert set(statuses) == {200, 0}


def reload_and_wait(server: Server) -> None:
    before = set(server.workers())
    server.reload()
    wait_for(lambda: len(set(server.workers()) - before) == len(before) == len(server.workers()))


def test_a_reload_takes_new_code_and_settings_and_refuses_no_request(server: Server, project: Path) -> None:
    with server.client() as client:
        assert client.post(NEW_CONVERSATION).error == (413, 'PAYLOAD_TOO_LARGE')
    (project / '.env').write_text('WEBHOOK_MAX_BODY_BYTES=100000\n')
    change(project, 'shared/http/views.py', "'live'", "'new'")
    with requests(server) as statuses:
        for _ in range(3):
            reload_and_wait(server)

    assert len(statuses) > 1000
    with server.client() as client:
        assert client.post(NEW_CONVERSATION).status == 204
        assert client.get('/health/live').body == b'{"status":"new"}'
    server.stop()
    # Granian's lines, and those of the start, are JSON, too.
    assert len(server.lines()) == len(server.log.read_bytes().splitlines())


def add_migration(project: Path) -> None:
    migrations = project / 'realmate_challenge/webhook_api/migrations'
    last = max(path.stem for path in migrations.glob('0*.py'))
    (migrations / '9999_new.py').write_text(MIGRATION.format(last=last))


BREAKS: Final[dict[str, tuple[Callable[[Path], object], str]]] = {
    'syntax error': (
        lambda project: change(project, 'webhook_api/views/webhook.py', 'class WebhookView', 'class class'),
        'SyntaxError: invalid syntax (webhook.py, line',
    ),
    'error in the server itself': (
        lambda project: change(project, 'serve.py', 'import copyreg', 'import missing'),
        'The new worker ended.',
    ),
    'wrong setting': (
        lambda project: (project / '.env').write_text('WEBHOOK_MAX_BODY_BYTES=many'),
        'SystemExit: Configuration error: WEBHOOK_MAX_BODY_BYTES',
    ),
    'missing migration': (add_migration, 'Migrations are missing.'),
}


@pytest.mark.parametrize('kind', BREAKS)
def test_a_broken_release_leaves_the_old_one_serving(server: Server, project: Path, kind: str) -> None:
    make, reason = BREAKS[kind]
    workers = server.workers()
    make(project)
    with requests(server):
        server.reload()
        wait_for(lambda: any(line['level'] == 'ERROR' for line in server.lines()))

    (error,) = (line['message'] for line in server.lines() if line['level'] == 'ERROR')
    assert error.startswith('The reload failed, and the old workers continue.')
    assert reason in error
    wait_for(lambda: server.workers() == workers)


UNSHARE: Final = ('unshare', '--user', '--map-root-user', '--mount')
# Start the server with a full temporary folder.
IN_FULL_FOLDER: Final = """
mkdir "$0" && mount -t tmpfs -o size=256k tmpfs "$0" && TMPDIR="$0" exec "$1" -m realmate_challenge.serve
"""


def has_warnings(server: Server, number: int) -> bool:
    return sum('No space left' in line['message'] for line in server.lines()) == number


def test_a_full_temporary_folder_costs_metrics_only(database: Database, tmp_path: Path) -> None:
    if shutil.which('unshare') is None or subprocess.run([*UNSHARE, 'true'], check=False).returncode:
        pytest.skip('this user may not create namespaces')
    command = [*UNSHARE, 'sh', '-c', IN_FULL_FOLDER, str(tmp_path / 'full'), sys.executable]
    program = ('-c', f'import os; os.execvp({UNSHARE[0]!r}, {command})')
    with Server(tmp_path, {'DATABASE_URL': database.url, 'WORKERS': '2'}, program) as server:
        for expected in (2, 4):
            wait_for(partial(has_warnings, server, expected))
            with server.client() as client:
                assert client.post(NEW_CONVERSATION).status == 204
                assert client.get('/metrics').status == 200
            server.reload()


def metrics(server: Server) -> bytes:
    """Return the page, on a new connection: a reload closes idle ones."""
    with server.client() as client:
        answer = client.get('/metrics')
    assert answer.status == 200
    return answer.body


def count(server: Server, outcome: str) -> bool:
    return f'webhook_events_total{{outcome="{outcome}",type="NEW_CONVERSATION"}} 1.0'.encode() in metrics(server)


def test_metrics_whose_folder_was_cleaned_are_a_page(database: Database, tmp_path: Path) -> None:
    with Server(tmp_path, {'DATABASE_URL': database.url, 'WORKERS': '2'}) as server:
        wait_for_start(server)
        (folder,) = tmp_path.glob('realmate-metrics-*')
        (folder / 'counter_1.db').write_bytes(b'broken')
        for outcome in ('applied', 'redelivered'):
            with server.client() as client:
                assert client.post(NEW_CONVERSATION).status == 204
            assert count(server, outcome)
            shutil.rmtree(folder)
            metrics(server)
            reload_and_wait(server)
    assert any('counter_1.db' in line['message'] for line in server.lines() if line['level'] == 'WARNING')
