"""No secret stays in the environment of a worker: granian copies it into the environ of every request."""

import os
import signal
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Final

from realmate_challenge.webhook_api.tests.support import environ_probe
from realmate_challenge.webhook_api.tests.support.clients import wait_for
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.server import Server
from realmate_challenge.webhook_api.tests.support.signing import SECRET

PROGRAM: Final = f"""
from realmate_challenge import serve
from {environ_probe.__name__} import load_application
serve.load_application = load_application
serve.main()
"""


def worker(server: Server) -> tuple[str, str]:
    """Return the process id and the environment of the worker that answers; empty if there is none."""
    with suppress(OSError, HTTPException), server.client() as client:
        pid, _, environ = client.get('/environ').body.decode().partition(' ')
        return pid, environ
    return '', ''


def test_a_worker_has_no_secrets_in_its_environment(database: Database, tmp_path: Path) -> None:
    secrets = {'DATABASE_URL': database.url, 'WEBHOOK_SECRETS': SECRET, 'DJANGO_SECRET_KEY': 'k3y' * 20}
    with Server(tmp_path, {**secrets, 'WORKERS': '1'}, program=['-c', PROGRAM]) as server:
        first, environ = worker(server)
        os.kill(int(first), signal.SIGKILL)
        wait_for(lambda: worker(server)[0] not in {'', first})

        for shown in (environ, worker(server)[1]):
            assert "'PATH_INFO': '/environ'" in shown
            assert not [secret for item in secrets.items() for secret in item if secret in shown]
