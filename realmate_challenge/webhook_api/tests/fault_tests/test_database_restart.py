"""PostgreSQL is restarted, killed and stopped, while events arrive and while the server is idle."""

import time
from collections.abc import Callable
from typing import Final

import pytest

from realmate_challenge.webhook_api.tests.support import fault_settings
from realmate_challenge.webhook_api.tests.support.clients import Journal, sending, wait_for
from realmate_challenge.webhook_api.tests.support.cluster import Cluster
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.live_histories import assert_all_is_stored, histories
from realmate_challenge.webhook_api.tests.support.payloads import CLOSE_CONVERSATION, CONVERSATION_ID, NEW_CONVERSATION


def stop_for_a_while(cluster: Cluster) -> None:
    cluster.stop('fast')
    time.sleep(fault_settings.OUTAGE_SECONDS)
    cluster.start()


OUTAGES: Final[dict[str, Callable[[Cluster], None]]] = {
    'fast restart': lambda cluster: cluster.restart('fast'),
    'crash': lambda cluster: cluster.restart('immediate'),
    'outage': stop_for_a_while,
}


@pytest.mark.parametrize('outage', OUTAGES)
def test_senders_see_only_204_and_503_and_nothing_is_lost(
    cluster: Cluster,
    cluster_database: Database,
    start_server: StartServer,
    record_property: Callable[[str, object], None],
    outage: str,
) -> None:
    sent = histories(fault_settings.RESTART_EVENTS)
    # In order within each conversation, so that no event is held.
    lanes = [[history.opening, *history.messages, history.closing] for history in sent]
    journal = Journal()
    server = start_server(cluster_database)
    with sending(server.port, lanes, journal) as is_done:
        wait_for(lambda: journal.accepted >= fault_settings.RESTART_EVENTS / 4)
        OUTAGES[outage](cluster)
        assert not is_done(), 'All events were sent before the outage ended; raise FAULT_RESTART_EVENTS.'
    record_property('answers', dict(journal.statuses))

    assert set(journal.statuses) <= {204, 503}
    assert outage != 'outage' or journal.statuses[503] > 0
    assert_all_is_stored(cluster_database, sent)


@pytest.mark.parametrize('mode', ['fast', 'immediate'])
def test_idle_connections_that_broke_are_replaced(
    cluster: Cluster, cluster_database: Database, start_server: StartServer, mode: str
) -> None:
    server = start_server(cluster_database, WORKERS='1', BLOCKING_THREADS='1')
    with server.client() as client:
        assert client.post(NEW_CONVERSATION).status == 204
        cluster.restart(mode)
        assert client.post(CLOSE_CONVERSATION).status == 204


def test_the_first_read_after_a_restart_needs_no_second_try(
    cluster: Cluster, cluster_database: Database, start_server: StartServer
) -> None:
    cluster_database.manage('createsuperuser', '--no-input', '--username=reader', '--email=')
    token = cluster_database.manage('create_token', 'reader').splitlines()[-1]
    server = start_server(cluster_database, WORKERS='1', BLOCKING_THREADS='1', API_REQUIRE_AUTH='true')
    with server.client() as client:
        assert client.post(NEW_CONVERSATION).status == 204
        for _ in range(2):
            assert client.get(f'/conversations/{CONVERSATION_ID}/', Authorization=f'Token {token}').status == 200
            cluster.restart('fast')


def test_a_server_that_starts_before_its_database_serves_when_the_database_is_up(
    cluster: Cluster, cluster_database: Database, start_server: StartServer
) -> None:
    cluster.stop('fast')
    with start_server(cluster_database).client() as client:
        assert client.post(NEW_CONVERSATION).error == (503, 'SERVICE_UNAVAILABLE')
        cluster.start()
        assert client.post(NEW_CONVERSATION).status == 204
