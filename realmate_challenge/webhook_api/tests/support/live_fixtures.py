"""Servers and databases of their own: nothing here touches the test run's own database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import pytest
from django.conf import settings

from realmate_challenge.webhook_api.tests.settings import KNOWN
from realmate_challenge.webhook_api.tests.support.databases import (
    Database,
    PostgresServer,
    SqliteFiles,
)
from realmate_challenge.webhook_api.tests.support.server import Server

type StartServer = Callable[..., Server]

POSTGRESQL: Final = 'django.db.backends.postgresql'


@pytest.fixture(scope='session')
def engine() -> str:
    return str(settings.DATABASES['default']['ENGINE'])


@pytest.fixture(scope='session')
def databases(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer | SqliteFiles]:
    """Where the tests' own database is too: on the server of DATABASE_URL, or in files."""
    if engine == POSTGRESQL:
        found: PostgresServer | SqliteFiles = PostgresServer(KNOWN['DATABASE_URL'])
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
def port(databases: PostgresServer | SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of one server with two workers, for all tests that need nothing of it but answers."""
    made = databases.create()
    with starting(tmp_path_factory) as start:
        yield start(made, WORKERS='2').port
    databases.drop(made)
