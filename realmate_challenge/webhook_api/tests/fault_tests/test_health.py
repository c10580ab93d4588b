"""What probes and Prometheus are told while the database is away, hangs, or is not ready."""

import time
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from realmate_challenge.webhook_api.tests.support.client import Client
from realmate_challenge.webhook_api.tests.support.cluster import Cluster
from realmate_challenge.webhook_api.tests.support.databases import (
    Database,
    PostgresServer,
    SqliteFiles,
    manage,
)
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION

SECONDS: Final = 3.0
# Prometheus gives up on a scrape after ten.
SCRAPE_SECONDS: Final = 5.0

OUTAGES: Final[dict[str, tuple[Callable[[Cluster], None], Callable[[Cluster], None]]]] = {
    'stopped': (lambda cluster: cluster.stop('fast'), Cluster.start),
    'killed': (lambda cluster: cluster.stop('immediate'), Cluster.start),
    'hanging': (Cluster.freeze, Cluster.resume),
}


@pytest.fixture
def client(cluster_database: Database, start_server: StartServer) -> Iterator[Client]:
    with start_server(cluster_database).client() as client:
        yield client


def until_ready_is(client: Client, status: int) -> float:
    """How long that took."""
    started_at = time.monotonic()
    while client.get('/health/ready').status != status:
        assert time.monotonic() - started_at < 4 * SECONDS, f'Not {status} for too long.'
        time.sleep(0.05)
    return time.monotonic() - started_at


@pytest.mark.parametrize('outage', OUTAGES)
def test_readiness_follows_the_database(cluster: Cluster, client: Client, outage: str) -> None:
    begin, end = OUTAGES[outage]
    assert client.get('/health/ready').status == 200
    assert client.post(NEW_CONVERSATION).status == 204

    begin(cluster)
    assert until_ready_is(client, 503) < SECONDS
    answer = client.get('/health/ready')
    assert (answer.status, answer.code) == (503, 'SERVICE_UNAVAILABLE')
    assert int(answer.headers['retry-after']) > 0
    # It is the database's fault: restarting this process would not help.
    assert client.get('/health/live').status == 200
    started_at = time.monotonic()
    metrics = client.get('/metrics')
    assert time.monotonic() - started_at < SCRAPE_SECONDS
    assert b'webhook_events_total{outcome="applied",type="NEW_CONVERSATION"} 1.0' in metrics.body
    assert b'webhook_unapplied_events' not in metrics.body

    end(cluster)
    assert until_ready_is(client, 200) < SECONDS
    assert client.post(NEW_CONVERSATION).status == 204
    assert b'webhook_unapplied_events' in client.get('/metrics').body


def test_without_its_tables_it_is_not_ready(databases: PostgresServer | SqliteFiles, start_server: StartServer) -> None:
    database = databases.create(migrated=False)
    try:
        with start_server(database).client() as client:
            assert client.get('/health/live').status == 200
            answer = client.get('/health/ready')
            assert (answer.status, answer.code) == (503, 'SERVICE_UNAVAILABLE')
            manage(database, 'migrate', '--verbosity=0')
            assert client.get('/health/ready').status == 200
    finally:
        databases.drop(database)
