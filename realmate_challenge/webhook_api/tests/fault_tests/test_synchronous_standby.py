"""While a synchronous standby is away, no event is acknowledged: the standby would lose it if it were promoted."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

import pytest

from realmate_challenge.webhook_api.tests.support.clients import Client, wait_for
from realmate_challenge.webhook_api.tests.support.cluster import Cluster, Standby
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import (
    CLOSE_CONVERSATION,
    MESSAGE_RECEIVED,
    NEW_CONVERSATION,
    Payload,
)

NAME: Final = 'standby'
WAITING: Final = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
OPENED: Final = 'SELECT true FROM webhook_api_conversation'
STORED: Final = 'SELECT true FROM webhook_api_message'
CLOSED: Final = f"{OPENED} WHERE status = 'CLOSED'"
# A few times as long as an answer takes.
QUIET_SECONDS: Final = 1.0

# Events that the standby has, the event, and a query for its effect.
EVENTS: Final[dict[str, tuple[list[Payload], Payload, str]]] = {
    'opening': ([], NEW_CONVERSATION, OPENED),
    'message': ([NEW_CONVERSATION], MESSAGE_RECEIVED, STORED),
    'close': ([NEW_CONVERSATION], CLOSE_CONVERSATION, CLOSED),
}
FAULTS: Final[dict[str, Callable[[Cluster, Database], object]]] = {
    'terminated': lambda _, database: database.query(f'SELECT pg_terminate_backend(pid, 5000) {WAITING}'),
    'restarted': lambda primary, _: primary.restart('fast'),
}
# Statements that are committed on the primary only, and an event whose copy they make.
LOCAL_COMMITS: Final[dict[str, tuple[str, Payload, str]]] = {
    'message of a closed conversation': (
        "UPDATE webhook_api_conversation SET status = 'CLOSED', closed_at = now()",
        MESSAGE_RECEIVED,
        CLOSED,
    ),
    'event of an erased conversation': (
        "WITH messages AS (DELETE FROM webhook_api_message) UPDATE webhook_api_conversation SET status = 'ERASED'",
        MESSAGE_RECEIVED,
        f"{OPENED} WHERE status = 'ERASED'",
    ),
}


def require_standby(database: Database, name: str) -> None:
    database.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'", 'SELECT pg_reload_conf()')
    wait_for(lambda: database.query('SHOW synchronous_standby_names') == [(name,)])


class Pair:
    """A database on a primary that waits for a standby."""

    def __init__(self, primary: Cluster, standby: Cluster, database: Database) -> None:
        self.primary, self.standby, self.database = primary, standby, database
        self.copy = Database(standby.databases.server, database.name)


@pytest.fixture
def pair(cluster: Cluster, cluster_database: Database) -> Iterator[Pair]:
    with Standby(cluster, NAME) as standby:
        standby.start()
        require_standby(cluster_database, NAME)
        yield Pair(cluster, standby, cluster_database)
        cluster.start()
        require_standby(cluster_database, '')


def deliver(port: int, event: Payload, tries: int) -> bool:
    """Send an event up to `tries` times, and return whether it was acknowledged."""
    with Client(port) as client:
        for _ in range(tries):
            with suppress(OSError):
                if client.post(event).status == 204:
                    return True
            time.sleep(0.2)
    return False


@pytest.mark.parametrize('tries', [1, 100], ids=['delivered once', 'delivered again'])
@pytest.mark.parametrize('fault', FAULTS)
@pytest.mark.parametrize('kind', EVENTS)
def test_an_event_whose_commit_was_interrupted(
    pair: Pair, start_server: StartServer, kind: str, fault: str, tries: int
) -> None:
    before, event, effect = EVENTS[kind]
    port = start_server(pair.database, BLOCKING_THREADS='4').port
    for earlier in before:
        assert deliver(port, earlier, 1)
    pair.standby.stop('immediate')
    with ThreadPoolExecutor() as pool:
        first = pool.submit(deliver, port, event, tries)
        wait_for(lambda: bool(pair.database.query(f'SELECT true {WAITING}')))
        FAULTS[fault](pair.primary, pair.database)
        copy = pool.submit(deliver, port, event, tries) if tries > 1 else first

        time.sleep(QUIET_SECONDS)
        assert pair.database.query(effect) == [(True,)]
        assert not (first.done() and first.result())
        assert not (copy.done() and copy.result())

        pair.standby.start()
        if first.result() | copy.result():
            wait_for(lambda: pair.copy.query(effect) == [(True,)])
        assert tries == 1 or (first.result() and copy.result())


@pytest.mark.parametrize('kind', LOCAL_COMMITS)
def test_a_copy_of_what_is_committed_on_the_primary_only(pair: Pair, start_server: StartServer, kind: str) -> None:
    statement, event, effect = LOCAL_COMMITS[kind]
    port = start_server(pair.database, BLOCKING_THREADS='4').port
    for earlier in (NEW_CONVERSATION, event):
        assert deliver(port, earlier, 1)
    pair.standby.stop('immediate')
    pair.database.execute("SET synchronous_commit = 'local'", statement)
    with ThreadPoolExecutor() as pool:
        copy = pool.submit(deliver, port, event, 1)
        time.sleep(QUIET_SECONDS)
        assert not copy.done()

        pair.standby.start()
        assert copy.result()
        wait_for(lambda: pair.copy.query(effect) == [(True,)])
