"""A PostgreSQL server to stop, and a summary of the figures that tests record."""

import os
from collections.abc import Iterator
from typing import NoReturn

import pytest

from realmate_challenge.webhook_api.tests.settings import KNOWN
from realmate_challenge.webhook_api.tests.support.cluster import Cluster, binaries
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.live_fixtures import *  # noqa: F403 - pytest finds fixtures by name


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests gave to `record_property`."""
    for report in terminalreporter.getreports('passed'):
        if report.user_properties:
            figures = ', '.join(f'{name} {value}' for name, value in report.user_properties)
            terminalreporter.write_line(f'{report.nodeid.rpartition("::")[2]}: {figures}')


def skip_without(program: str) -> NoReturn:
    """Skip the test; fail in CI, where every program must be installed."""
    if os.environ.get('CI'):
        pytest.fail(f'{program} is not installed')
    pytest.skip(f'{program} is not installed')


@pytest.fixture(scope='session')
def cluster() -> Iterator[Cluster]:
    if KNOWN['DATABASE_URL'].startswith('sqlite:'):
        pytest.skip('SQLite has no server')
    if (programs := binaries()) is None:
        skip_without("PostgreSQL's initdb and pg_ctl")
    with Cluster(programs) as running:
        yield running


@pytest.fixture
def cluster_database(cluster: Cluster) -> Iterator[Database]:
    """A database of the cluster, which runs at the start and at the end of the test."""
    cluster.start()
    made = cluster.databases.create()
    yield made
    cluster.resume()
    cluster.start()
    cluster.databases.drop(made)
