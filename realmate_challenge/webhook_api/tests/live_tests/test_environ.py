"""Secrets do not stay in the environment of a worker, from where granian copies them into every request."""

import os
import signal
import time
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Final

import pytest

from realmate_challenge.webhook_api.tests.support import environ_probe
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.server import START_SECONDS, Server
from realmate_challenge.webhook_api.tests.support.signing import SECRET

SERVE: Final = 'import multiprocessing; from realmate_challenge import serve; multiprocessing.set_start_method({!r}); '
PROBE: Final = f'serve.TARGET = {environ_probe.__name__!r} + ":application"; serve.main()'


def worker_of(server: Server) -> tuple[int, str]:
    """The id of the worker that answers, and its environment."""
    with server.client() as client:
        pid, _, environ = client.get('/environ').body.decode().partition(' ')
    return int(pid), environ


def respawned(server: Server, killed: int) -> tuple[int, str]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError, HTTPException):
            return worker_of(server)
        time.sleep(0.1)
    pytest.fail(f'There is no worker after {killed}.')


@pytest.mark.parametrize('start_method', ['fork', 'spawn'])
def test_a_worker_has_no_secrets_in_its_environment(database: Database, tmp_path: Path, start_method: str) -> None:
    environment = {
        'DATABASE_URL': database.url, 'WEBHOOK_SECRETS': SECRET, 'DJANGO_SECRET_KEY': 'k3y' * 20, 'WORKERS': '1',
    }  # fmt: skip
    with Server(tmp_path, environment, program=['-c', SERVE.format(start_method) + PROBE]) as server:
        pid, first = worker_of(server)
        os.kill(pid, signal.SIGKILL)
        new_pid, second = respawned(server, pid)

        assert new_pid != pid
        for environ in (first, second):
            assert "'PATH_INFO': '/environ'" in environ
            assert not [secret for secret in ('DATABASE_URL', SECRET, 'k3yk3y') if secret in environ]
