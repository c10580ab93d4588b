"""One server for all tests of this folder."""

from collections.abc import Iterator

import pytest

from realmate_challenge.webhook_api.tests.integration_tests.live.server import fresh_database, running_server


@pytest.fixture(scope='session')
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a server with two workers and a database of its own."""
    directory = tmp_path_factory.mktemp('live')
    with fresh_database(directory) as database, running_server(database, directory / 'server.log') as found:
        yield found
