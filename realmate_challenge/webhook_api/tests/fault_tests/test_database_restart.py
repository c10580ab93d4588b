"""PostgreSQL is restarted, killed and away while events come in; and while none do."""

import time
from collections.abc import Callable
from typing import Final

import pytest

from realmate_challenge.webhook_api.tests.fault_tests.conftest import Report
from realmate_challenge.webhook_api.tests.support import fault_settings
from realmate_challenge.webhook_api.tests.support.cluster import Cluster
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.live_histories import assert_all_is_there, histories
from realmate_challenge.webhook_api.tests.support.payloads import BRIEF, CLOSE_CONVERSATION, NEW_CONVERSATION
from realmate_challenge.webhook_api.tests.support.senders import Journal, sending
from realmate_challenge.webhook_api.tests.support.waiting import wait_for

pytestmark = pytest.mark.faults

MODES: Final = ('fast', 'immediate')


def stay_away(cluster: Cluster) -> None:
    cluster.stop('fast')
    time.sleep(fault_settings.OUTAGE_SECONDS)
    cluster.start()


OUTAGES: Final[dict[str, Callable[[Cluster], None]]] = {
    'fast': lambda cluster: cluster.restart('fast'),
    'immediate': lambda cluster: cluster.restart('immediate'),
    'away': stay_away,
}


@pytest.mark.parametrize('outage', OUTAGES)
def test_sender_sees_503_then_204_and_nothing_is_missing(
    cluster: Cluster, cluster_database: Database, start_server: StartServer, report: Report, outage: str
) -> None:
    """In order within each conversation, so that there is nothing to answer but "done" and "come back"."""
    sent = histories(fault_settings.RESTART_EVENTS)
    lanes = [(history.opening, *history.messages, history.closing) for history in sent]
    journal = Journal()
    server = start_server(cluster_database)
    with sending(server.port, lanes, journal) as is_over:
        wait_for(lambda: journal.settled >= fault_settings.RESTART_EVENTS / 4)
        OUTAGES[outage](cluster)
        assert not is_over(), 'The load ended before the outage did; raise FAULT_RESTART_EVENTS.'
    report(**journal.figures())
    assert set(journal.statuses) <= {204, 503}
    assert journal.silent_refusals == 0
    if outage == 'away':
        assert journal.statuses[503] > 0
    assert_all_is_there(cluster_database, sent)
    with server.client() as client:
        assert [client.post(event).status for event in BRIEF * 2] == [204] * 8


@pytest.mark.parametrize('mode', MODES)
def test_idle_connections_that_broke_are_replaced_unseen(
    cluster: Cluster, cluster_database: Database, start_server: StartServer, mode: str
) -> None:
    server = start_server(cluster_database, WORKERS='1', BLOCKING_THREADS='1')
    with server.client() as client:
        assert client.post(NEW_CONVERSATION).status == 204
        cluster.restart(mode)
        assert client.post(CLOSE_CONVERSATION).status == 204


def test_a_server_started_before_its_database_serves_when_that_comes(
    cluster: Cluster, cluster_database: Database, start_server: StartServer
) -> None:
    cluster.stop('fast')
    server = start_server(cluster_database)
    with server.client() as client:
        refused = client.post(NEW_CONVERSATION)
        assert (refused.status, refused.code) == (503, 'SERVICE_UNAVAILABLE')
        cluster.start()
        assert client.post(NEW_CONVERSATION).status == 204
