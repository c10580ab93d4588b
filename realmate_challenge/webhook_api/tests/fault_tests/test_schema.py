"""Schemathesis tests the running server against the OpenAPI document that it serves.

The program also runs phases that its plugin for pytest omits: boundaries of constraints, and sequences of requests.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from realmate_challenge.webhook_api.tests.support import fault_settings, schemathesis_hooks
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import BRIEF
from realmate_challenge.webhook_api.tests.support.processes import ROOT

OPERATIONS: Final = 3
# The wire contract: an unusable page size is the default size, and an empty parameter is ignored.
CONFIGURATION: Final = """
[[operations]]
include-method = "GET"
[operations.checks]
negative_data_rejection.enabled = false
"""
CREATE_USER: Final = "from django.contrib.auth.models import User; User.objects.create_superuser('reader')"


def schemathesis(port: int, directory: Path, *options: str) -> str:
    """Run Schemathesis and return its output. Raises: AssertionError if it finds a failure."""
    (directory / 'schemathesis.toml').write_text(CONFIGURATION, encoding='utf-8')
    command = [
        *(sys.executable, '-m', 'schemathesis.cli', f'--config-file={directory / "schemathesis.toml"}'),
        *('run', f'http://127.0.0.1:{port}/schema/', '--no-color', '--continue-on-failure'),
        '--suppress-health-check=too_slow',  # on a busy machine
        *('--generation-database=none', f'--max-examples={fault_settings.EXAMPLES}', f'--seed={fault_settings.SEED}'),
    ]
    environment = {**os.environ, 'PYTHONPATH': str(ROOT), 'SCHEMATHESIS_HOOKS': schemathesis_hooks.__name__}
    done = subprocess.run(
        [*command, *options], env=environment, cwd=directory, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize('access', ['open', 'denied', 'by token'])
def test_answers_conform_to_the_schema(
    database: Database,
    start_server: StartServer,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    access: str,
) -> None:
    server = start_server(database, API_REQUIRE_AUTH='false' if access == 'open' else 'true')
    with server.client() as client:
        assert [client.post(event).status for event in BRIEF] == [204] * 4
    options = []
    if access == 'open':
        # Reads accept credentials, but do not need them.
        options = ['--exclude-checks=ignored_auth']
    elif access == 'by token':
        database.manage('shell', '--command', CREATE_USER)
        token = database.manage('create_token', 'reader').splitlines()[-1]
        options = [f'--header=Authorization:Token {token}']

    output = schemathesis(server.port, tmp_path, *options)

    assert re.search(rf'Tested: {OPERATIONS}$', output, re.MULTILINE)
    (cases,) = re.findall(r'^ +(\d+) generated', output, re.MULTILINE)
    record_property('requests', cases)
