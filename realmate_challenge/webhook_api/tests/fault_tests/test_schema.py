"""Schemathesis: requests made from the OpenAPI document that the running server serves, and its answers held to it.

The program itself rather than its plugin for pytest: it also runs the phases that the plugin leaves out (the edges of
every constraint, and sequences of requests that use each other's ids).
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from realmate_challenge.webhook_api.tests.fault_tests.conftest import Report
from realmate_challenge.webhook_api.tests.support import fault_settings, schemathesis_hooks
from realmate_challenge.webhook_api.tests.support.databases import Database, manage
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import BRIEF
from realmate_challenge.webhook_api.tests.support.processes import ROOT

type FindNothing = Callable[..., None]

pytestmark = pytest.mark.faults

OPERATIONS: Final = 3
# By the wire contract a page size that makes no sense is the default size, and a parameter without a value is ignored.
CONFIGURATION: Final = """
[[operations]]
include-method = "GET"
[operations.checks]
negative_data_rejection.enabled = false
"""
CREATE_USER: Final = "from django.contrib.auth.models import User; User.objects.create_superuser('reader')"


@pytest.fixture
def token(database: Database) -> str:
    manage(database, 'shell', '--command', CREATE_USER)
    return manage(database, 'create_token', 'reader').splitlines()[-1]


@pytest.fixture
def find_nothing(tmp_path: Path, report: Report) -> FindNothing:
    """Runs Schemathesis on a server, with options of its own; it must find nothing, in all operations."""

    def run(port: int, *options: str) -> None:
        output = schemathesis(f'http://127.0.0.1:{port}/schema/', tmp_path, *options)
        assert re.search(rf'Tested: {OPERATIONS}$', output, re.MULTILINE)
        (cases,) = re.findall(r'^ +(\d+) generated', output, re.MULTILINE)
        report(cases=cases)

    return run


def schemathesis(url: str, directory: Path, *options: str) -> str:
    (directory / 'schemathesis.toml').write_text(CONFIGURATION, encoding='utf-8')
    command = [
        *(sys.executable, '-m', 'schemathesis.cli', f'--config-file={directory / "schemathesis.toml"}'),
        *('run', url, '--no-color', '--continue-on-failure', '--generation-database=none'),
        *(f'--max-examples={fault_settings.EXAMPLES}', f'--seed={fault_settings.SEED}', *options),
    ]
    environment = {**os.environ, 'PYTHONPATH': str(ROOT), 'SCHEMATHESIS_HOOKS': schemathesis_hooks.__name__}
    done = subprocess.run(
        command, env=environment, cwd=directory, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def started(start_server: StartServer, database: Database, **environment: str) -> int:
    """The port of a server that knows a conversation."""
    server = start_server(database, **environment)
    with server.client() as client:
        assert [client.post(event).status for event in BRIEF] == [204] * 4
    return server.port


def test_where_anybody_may_read(database: Database, start_server: StartServer, find_nothing: FindNothing) -> None:
    # The reading operations take credentials, but need none here.
    find_nothing(started(start_server, database), '--exclude-checks=ignored_auth')


def test_without_the_token_that_is_needed(
    database: Database, start_server: StartServer, find_nothing: FindNothing
) -> None:
    find_nothing(started(start_server, database, API_REQUIRE_AUTH='true'))


def test_with_a_token(database: Database, start_server: StartServer, token: str, find_nothing: FindNothing) -> None:
    port = started(start_server, database, API_REQUIRE_AUTH='true')
    find_nothing(port, f'--header=Authorization:Token {token}')
