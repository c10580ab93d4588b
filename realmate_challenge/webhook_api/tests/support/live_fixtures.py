"""Servers and databases for live tests, apart from the test run's own database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from benchmarks.databases import Postgres, Sqlite
from realmate_challenge.webhook_api.tests.settings import KNOWN
from realmate_challenge.webhook_api.tests.support.databases import Database, Databases
from realmate_challenge.webhook_api.tests.support.server import Server

type StartServer = Callable[..., Server]


@pytest.fixture(scope='session')
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Databases on the server of DATABASE_URL, or in files."""
    url, directory = KNOWN['DATABASE_URL'], tmp_path_factory.mktemp('databases')
    found = Databases(Sqlite(directory) if url.startswith('sqlite:') else Postgres(url))
    yield found
    found.close()


@contextmanager
def _database(databases: Databases) -> Iterator[Database]:
    made = databases.create()
    try:
        yield made
    finally:
        databases.drop(made)


@contextmanager
def _starting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    with ExitStack() as servers:

        def start(on: Database, **environment: str) -> Server:
            directory = tmp_path_factory.mktemp('server')
            return servers.enter_context(Server(directory, {'DATABASE_URL': on.url, **environment}))

        yield start


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    with _database(databases) as made:
        yield made


@pytest.fixture
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """A function that starts a server on a database. Its keywords are environment variables."""
    with _starting(tmp_path_factory) as start:
        yield start


@pytest.fixture(scope='module')
def module_database(databases: Databases) -> Iterator[Database]:
    """The database of a module whose tests share a server; each test calls `empty` first."""
    with _database(databases) as made:
        yield made


@pytest.fixture(scope='module')
def start_module_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    with _starting(tmp_path_factory) as start:
        yield start


@pytest.fixture(scope='session')
def port(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server with two workers, which all tests share that need only its answers."""
    with _database(databases) as made, _starting(tmp_path_factory) as start:
        yield start(made, WORKERS='2').port
