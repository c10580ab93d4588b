"""`kill -9`, again and again, while events come in."""

import random
import time
from collections.abc import Callable
from typing import final

import pytest

from realmate_challenge.webhook_api.tests.fault_tests.conftest import Report
from realmate_challenge.webhook_api.tests.support import fault_settings
from realmate_challenge.webhook_api.tests.support.databases import Database, manage
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.live_histories import (
    assert_all_is_there,
    disordered,
    histories,
)
from realmate_challenge.webhook_api.tests.support.senders import NO_ANSWER, Journal, sending
from realmate_challenge.webhook_api.tests.support.server import Server

pytestmark = pytest.mark.faults

# Each so many kills, the server's main process is the victim.
MAIN_EVERY = 5


@final
class Killer:
    """Kills after every so many events, and starts the server again when it has ended, as a supervisor would."""

    def __init__(self, server: Server, journal: Journal, *, every: int, chance: random.Random) -> None:
        self.kills = 0
        self.starts = 0
        self._server = server
        self._journal = journal
        self._every = every
        self._chance = chance

    def work_until(self, is_over: Callable[[], bool]) -> None:
        while not is_over():
            if not self._server.is_running():
                self._server.stop()
                self._server.start()
                self.starts += 1
            elif self.kills < fault_settings.KILLS and self._journal.settled >= (self.kills + 1) * self._every:
                self._kill()
            time.sleep(0.01)

    def _kill(self) -> None:
        if (self.kills + 1) % MAIN_EVERY == 0:
            self._server.kill_main()
            self.kills += 1
        elif self._server.kill_worker(self._chance):
            self.kills += 1


def test_loses_and_doubles_nothing_when_it_is_killed(
    database: Database, start_server: StartServer, report: Report
) -> None:
    chance = random.Random(fault_settings.SEED)
    sent = histories(fault_settings.EVENTS)
    opening = disordered(sent, chance)
    closing = [history.closing for history in sent]
    journal = Journal()
    server = start_server(database)
    killer = Killer(
        server,
        journal,
        every=(len(opening) + len(closing)) // (fault_settings.KILLS + 1),
        chance=random.Random(fault_settings.SEED),
    )
    for events in (opening, closing):
        with sending(server.port, [[event] for event in events], journal) as is_over:
            killer.work_until(is_over)
    held = database.query("SELECT count(*) FROM webhook_api_unappliedevent WHERE status = 'held'")
    manage(database, 'replay_events')
    report(
        kills=killer.kills,
        restarts=killer.starts,
        events=len(opening) + len(closing),
        held_until_replay=held[0][0],
        **journal.figures(),
    )
    assert killer.kills == fault_settings.KILLS
    assert set(journal.statuses) <= {204, 404, 503, NO_ANSWER}
    assert journal.silent_refusals == 0
    # The run was what it was meant to be: requests died, and events came too early.
    assert journal.statuses[NO_ANSWER] > 0
    assert journal.statuses[404] > 0
    assert_all_is_there(database, sent)
    assert database.query("SELECT count(*) FROM webhook_api_unappliedevent WHERE status <> 'applied'") == [(0,)]
