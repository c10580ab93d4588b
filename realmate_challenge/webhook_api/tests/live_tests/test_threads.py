"""The threads of a worker. Those that execute Python code stay on one CPU; those of granian's own code use all CPUs."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.server import Server
from realmate_challenge.worker import pin_thread

CPUS: Final = os.sched_getaffinity(0)


def cpus_of_threads(server: Server) -> list[set[int]]:
    """Return the CPUs that each thread of the workers may use."""
    found = []
    for task in (entry for pid in server.workers() for entry in Path(f'/proc/{pid}/task').iterdir()):
        with suppress(ProcessLookupError):
            found.append(os.sched_getaffinity(int(task.name)))
    return found


@pytest.mark.skipif(len(CPUS) == 1, reason='only one CPU')
@pytest.mark.parametrize('is_pinned', [True, False])
def test_request_threads_of_a_worker_share_a_cpu(database: Database, tmp_path: Path, *, is_pinned: bool) -> None:
    environment = {'DATABASE_URL': database.url, 'WORKERS': '1', 'PIN_THREADS': str(is_pinned)}
    with Server(tmp_path, environment) as server, server.client() as client:
        for _ in range(20):
            assert client.get('/conversations/').status == 200
        found = cpus_of_threads(server)

    pinned = {cpu for cpus in found if len(cpus) == 1 for cpu in cpus}
    assert len(pinned) == is_pinned
    assert CPUS in found


def test_many_threads_are_no_warning(database: Database, tmp_path: Path) -> None:
    environment = {'DATABASE_URL': database.url, 'BLOCKING_THREADS': str(4 * len(CPUS))}
    with Server(tmp_path, environment) as server:
        lines = server.lines()

    assert {line['level'] for line in lines if line['logger'] == '_granian'} == {'INFO'}


def test_a_cpu_that_is_not_allowed_is_ignored() -> None:
    pin_thread(max(CPUS) + 1000)

    assert os.sched_getaffinity(0) == CPUS
