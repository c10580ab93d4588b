"""Schemathesis: requests made from the OpenAPI document that the running server serves, and its answers held to it.

The program itself rather than its plugin for pytest: it also runs the phases that the plugin leaves out (the edges of
every constraint, and sequences of requests that use each other's ids).
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from realmate_challenge.webhook_api.tests.integration_tests.live.conftest import StartServer
from realmate_challenge.webhook_api.tests.integration_tests.live.databases import Database, manage
from realmate_challenge.webhook_api.tests.integration_tests.live.faults import knobs, schemathesis_hooks
from realmate_challenge.webhook_api.tests.integration_tests.live.faults.conftest import Report
from realmate_challenge.webhook_api.tests.payloads import BRIEF
from realmate_challenge.webhook_api.tests.processes import ROOT

pytestmark = pytest.mark.faults

OPERATIONS: Final = 3
# By the wire contract a page size that makes no sense is the default size, and a parameter without a value is ignored.
CONFIGURATION: Final = """
[[operations]]
include-method = "GET"
[operations.checks]
negative_data_rejection.enabled = false
"""
CREATE_USER: Final = "from django.contrib.auth.models import User; User.objects.create(username='reader')"


@pytest.fixture
def token(database: Database) -> str:
    manage(database, 'shell', '--command', CREATE_USER)
    return manage(database, 'drf_create_token', 'reader').split()[2]


@pytest.mark.parametrize('access', ['anybody may read', 'without a token', 'with a token'])
def test_answers_as_the_schema_says(  # noqa: PLR0913 - fixtures
    database: Database, start_server: StartServer, token: str, tmp_path: Path, report: Report, access: str
) -> None:
    guarded = access != 'anybody may read'
    server = start_server(database, API_REQUIRE_AUTH=str(guarded).lower())
    with server.client() as client:
        assert [client.post(event).status for event in BRIEF] == [204] * 4
    options = []
    if not guarded:
        # Here the reading operations take credentials, but need none.
        options += ['--exclude-checks=ignored_auth']
    if access == 'with a token':
        options += [f'--header=Authorization:Token {token}']

    output = schemathesis(f'http://127.0.0.1:{server.port}/schema/', tmp_path, *options)

    (cases,) = re.findall(r'^ +(\d+) generated', output, re.MULTILINE)
    assert re.search(rf'Tested: {OPERATIONS}$', output, re.MULTILINE)
    report(cases=cases)


def schemathesis(url: str, directory: Path, *options: str) -> str:
    """What it says, if it found nothing."""
    (directory / 'schemathesis.toml').write_text(CONFIGURATION, encoding='utf-8')
    command = [
        *(sys.executable, '-m', 'schemathesis.cli', f'--config-file={directory / "schemathesis.toml"}'),
        *('run', url, '--no-color', '--continue-on-failure', '--generation-database=none'),
        *(f'--max-examples={knobs.EXAMPLES}', f'--seed={knobs.SEED}', *options),
    ]
    environment = {**os.environ, 'PYTHONPATH': str(ROOT), 'SCHEMATHESIS_HOOKS': schemathesis_hooks.__name__}
    done = subprocess.run(
        command, env=environment, cwd=directory, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
