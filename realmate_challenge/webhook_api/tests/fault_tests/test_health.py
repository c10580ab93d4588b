"""Health checks and metrics while the database is stopped, hangs, or has no tables."""

from collections.abc import Callable
from typing import Final

import pytest

from realmate_challenge.webhook_api.tests.support.clients import Client, wait_for
from realmate_challenge.webhook_api.tests.support.cluster import Cluster
from realmate_challenge.webhook_api.tests.support.databases import Database, Databases
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION

# A probe waits for two seconds; the rest allows for a busy machine.
SECONDS: Final = 6.0
# Less than the default timeout of Prometheus for a scrape, 10 seconds.
SCRAPE_SECONDS: Final = 9.0

type Step = Callable[[Cluster], None]

OUTAGES: Final[dict[str, tuple[Step, Step]]] = {
    'stopped': (lambda cluster: cluster.stop('fast'), Cluster.start),
    'killed': (lambda cluster: cluster.stop('immediate'), Cluster.start),
    'hanging': (Cluster.freeze, Cluster.resume),
}


def wait_until_ready_is(client: Client, status: int) -> None:
    assert wait_for(lambda: client.get('/health/ready').status == status, 4 * SECONDS) < SECONDS


@pytest.mark.parametrize('outage', OUTAGES)
def test_readiness_follows_the_database(
    cluster: Cluster, cluster_database: Database, start_server: StartServer, outage: str
) -> None:
    begin, end = OUTAGES[outage]
    with start_server(cluster_database).client() as client:
        assert client.get('/health/ready').status == 200
        assert client.post(NEW_CONVERSATION).status == 204

        begin(cluster)
        wait_until_ready_is(client, 503)
        answer = client.get('/health/ready')
        assert answer.error == (503, 'SERVICE_UNAVAILABLE')
        assert int(answer.headers['retry-after']) > 0
        # A restart of the server would not help.
        assert client.get('/health/live').status == 200
        assert wait_for(lambda: client.get('/metrics').status == 200) < SCRAPE_SECONDS
        body = client.get('/metrics').body
        assert b'webhook_events_total{outcome="applied",type="NEW_CONVERSATION"} 1.0' in body
        assert b'webhook_unapplied_events' not in body

        end(cluster)
        wait_until_ready_is(client, 200)
        assert client.post(NEW_CONVERSATION).status == 204
        assert b'webhook_unapplied_events' in client.get('/metrics').body


def test_a_server_without_tables_is_alive_but_not_ready(databases: Databases, start_server: StartServer) -> None:
    database = databases.create(migrated=False)
    try:
        with start_server(database).client() as client:
            assert client.get('/health/live').status == 200
            assert client.get('/health/ready').error == (503, 'SERVICE_UNAVAILABLE')
            database.manage('migrate', '--verbosity=0')
            assert client.get('/health/ready').status == 200
    finally:
        databases.drop(database)
