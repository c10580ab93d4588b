"""`DismissEvents`."""

from realmate_challenge.webhook_api.entities.events import NewMessage, digest
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedFilter, UnappliedStatus
from realmate_challenge.webhook_api.tests.factories import NewMessageFactory
from realmate_challenge.webhook_api.tests.fakes import Repositories
from realmate_challenge.webhook_api.use_cases.dismiss_events import DismissEvents


def recorded(memory: Repositories, status: UnappliedStatus) -> NewMessage:
    event: NewMessage = NewMessageFactory.build()
    memory.unapplied_events.record(event, b'{}', status=status, reason='WHY')
    return event


def test_held_and_refused_events_are_dismissed(memory: Repositories) -> None:
    for status in (UnappliedStatus.HELD, UnappliedStatus.REFUSED, UnappliedStatus.APPLIED):
        recorded(memory, status)

    assert DismissEvents(unapplied_events=memory.unapplied_events)(UnappliedFilter()) == 2
    assert memory.unapplied_events.count_unapplied(UnappliedFilter()) == 0


def test_only_those_that_are_meant(memory: Repositories) -> None:
    meant, other = (recorded(memory, UnappliedStatus.HELD) for _ in range(2))

    dismissed = DismissEvents(unapplied_events=memory.unapplied_events)(
        UnappliedFilter(digests=frozenset({digest(meant)}))
    )

    assert dismissed == 1
    assert [each.event for each in memory.unapplied_events.unapplied(UnappliedFilter())] == [other]
