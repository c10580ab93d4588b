"""Figures that the tests tell, and a PostgreSQL that may be stopped."""

import os
from collections.abc import Callable, Iterator
from typing import Final, NoReturn

import pytest

from realmate_challenge.webhook_api.tests.support.cluster import Cluster, binaries
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.live_fixtures import (  # noqa: F401 - fixtures
    POSTGRESQL,
    database,
    databases,
    engine,
    module_database,
    port,
    start_module_server,
    start_server,
)

type Report = Callable[..., None]

FIGURES: Final = pytest.StashKey[list[str]]()


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Tells figures, which stand at the end of pytest's output."""
    lines = request.config.stash.setdefault(FIGURES, [])

    def note(**figures: object) -> None:
        lines.append(f'{request.node.name}: {", ".join(f"{name} {value}" for name, value in figures.items())}')

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if lines := config.stash.get(FIGURES, []):
        terminalreporter.section('faults')
        terminalreporter.write_line('\n'.join(lines))


def missing(program: str) -> NoReturn:
    """A developer may do without; in CI it has to be there."""
    if os.environ.get('CI'):
        pytest.fail(f'{program}: not installed')
    pytest.skip(f'{program}: not installed')


@pytest.fixture(scope='session')
def cluster(engine: str) -> Iterator[Cluster]:
    """A PostgreSQL that may be stopped."""
    if engine != POSTGRESQL:
        pytest.skip('SQLite cannot be stopped')
    found = binaries()
    if found is None:
        missing("PostgreSQL's initdb and pg_ctl")
    with Cluster(found) as running:
        yield running


@pytest.fixture
def cluster_database(cluster: Cluster) -> Iterator[Database]:
    """In a PostgreSQL that runs now, and will when this ends, whatever the test did to it."""
    cluster.start()
    made = cluster.databases.create()
    yield made
    cluster.resume()
    cluster.start()
    cluster.databases.drop(made)
