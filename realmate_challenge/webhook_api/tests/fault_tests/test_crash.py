"""The server is killed with SIGKILL again and again while events arrive: no event is lost or stored twice."""

import random
import time
from collections.abc import Callable
from typing import Final

from realmate_challenge.webhook_api.tests.support import fault_settings
from realmate_challenge.webhook_api.tests.support.clients import NO_ANSWER, SENDERS, Journal, sending
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.live_histories import assert_all_is_stored, disordered, histories
from realmate_challenge.webhook_api.tests.support.server import Server

type RecordProperty = Callable[[str, object], None]

# Every fifth kill is of the main process, the others are of a worker.
MAIN_EVERY: Final = 5


def kill_until(is_done: Callable[[], bool], server: Server, journal: Journal, kills: int, every: int) -> int:
    """Kill after each `every` accepted events, and restart a stopped server. Return the number of kills so far."""
    chance = random.Random(fault_settings.SEED + kills)
    while not is_done():
        if not server.is_running():
            server.stop()
            server.start()
        elif kills < fault_settings.KILLS and journal.accepted >= (kills + 1) * every:
            if (kills + 1) % MAIN_EVERY == 0:
                server.kill_main()
                kills += 1
            elif server.kill_worker(chance):
                kills += 1
        time.sleep(0.01)
    return kills


def test_kills_lose_and_double_nothing(
    database: Database, start_server: StartServer, record_property: RecordProperty
) -> None:
    sent = histories(fault_settings.EVENTS)
    stages = [disordered(sent, random.Random(fault_settings.SEED)), [history.closing for history in sent]]
    every = sum(map(len, stages)) // (fault_settings.KILLS + 1)
    journal = Journal()
    server = start_server(database)
    kills = 0
    for events in stages:
        with sending(server.port, [events[first::SENDERS] for first in range(SENDERS)], journal) as is_done:
            kills = kill_until(is_done, server, journal, kills, every)
    record_property('kills', kills)
    record_property('answers', dict(journal.statuses))
    record_property('held until replay', database.count('unappliedevent', "status = 'held'"))
    database.manage('replay_events')

    assert kills == fault_settings.KILLS
    assert set(journal.statuses) <= {204, 404, 503, NO_ANSWER}
    # Some requests were interrupted, and some events came before their conversation.
    assert journal.statuses[NO_ANSWER] > 0
    assert journal.statuses[404] > 0
    assert_all_is_stored(database, sent)
    assert database.count('unappliedevent', "status <> 'applied'") == 0
