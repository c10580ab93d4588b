"""Servers and databases of their own: nothing here touches the test run's own database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import pytest
from django.conf import settings

from realmate_challenge.shared import environment
from realmate_challenge.webhook_api.tests.integration_tests.faults.cluster import Cluster, binaries
from realmate_challenge.webhook_api.tests.integration_tests.faults.databases import (
    Database,
    PostgresServer,
    SqliteFiles,
)
from realmate_challenge.webhook_api.tests.integration_tests.faults.server import Server

type StartServer = Callable[..., Server]
type Report = Callable[..., None]

POSTGRESQL: Final = 'django.db.backends.postgresql'
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


@pytest.fixture(scope='session')
def engine() -> str:
    return str(settings.DATABASES['default']['ENGINE'])


@pytest.fixture(scope='session')
def databases(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer | SqliteFiles]:
    """Where the tests' own database is too: on the server of DATABASE_URL, or in files."""
    if engine == POSTGRESQL:
        found: PostgresServer | SqliteFiles = PostgresServer(environment.text('DATABASE_URL'))
    else:
        found = SqliteFiles(tmp_path_factory.mktemp('faults'))
    yield found
    found.close()


@pytest.fixture
def database(databases: PostgresServer | SqliteFiles) -> Iterator[Database]:
    made = databases.create()
    yield made
    databases.drop(made)


@pytest.fixture
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """Starts a server on a database; keywords are its environment."""
    with starting(tmp_path_factory) as start:
        yield start


@pytest.fixture(scope='module')
def module_database(databases: PostgresServer | SqliteFiles) -> Iterator[Database]:
    """For a module whose tests share a server: starting one takes seconds. Each begins by `empty`."""
    made = databases.create()
    yield made
    databases.drop(made)


@pytest.fixture(scope='module')
def start_module_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    with starting(tmp_path_factory) as start:
        yield start


@contextmanager
def starting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    with ExitStack() as servers:

        def start(on: Database, **environment: str) -> Server:
            directory = tmp_path_factory.mktemp('server')
            return servers.enter_context(Server(directory, {'DATABASE_URL': on.url, **environment}))

        yield start


@pytest.fixture(scope='session')
def cluster(engine: str) -> Iterator[Cluster]:
    """A PostgreSQL that may be stopped."""
    if engine != POSTGRESQL:
        pytest.skip('SQLite cannot be stopped')
    found = binaries()
    if found is None:
        pytest.skip("PostgreSQL's initdb and pg_ctl are not installed here")
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
