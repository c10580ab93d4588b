"""`UnappliedEventRepository`, held by every implementation."""

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from realmate_challenge.webhook_api.entities.events import CloseConversation, NewMessage, WebhookEvent, digest
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedEvent, UnappliedFilter, UnappliedStatus
from realmate_challenge.webhook_api.serializers.events import encode_event
from realmate_challenge.webhook_api.tests.support.factories import (
    OPENED_AT,
    CloseConversationFactory,
    NewConversationFactory,
    NewMessageFactory,
    sent_at,
)
from realmate_challenge.webhook_api.tests.support.fakes import Repositories
from realmate_challenge.webhook_api.tests.support.threads import run_together

ALL = UnappliedFilter()
HELD, REFUSED, APPLIED, DISMISSED = UnappliedStatus


def record(
    repositories: Repositories,
    event: WebhookEvent,
    status: UnappliedStatus = HELD,
    reason: str = 'CONVERSATION_NOT_FOUND',
) -> None:
    repositories.unapplied_events.record(event, status=status, reason=reason)


def only(*events: WebhookEvent) -> UnappliedFilter:
    return UnappliedFilter(digests=frozenset(map(digest, events)))


def unapplied(repositories: Repositories, wanted: UnappliedFilter = ALL) -> list[UnappliedEvent]:
    return list(repositories.unapplied_events.unapplied(wanted))


@pytest.mark.parametrize(
    'event',
    [NewConversationFactory.build(), NewMessageFactory.build(), CloseConversationFactory.build()],
    ids=lambda event: type(event).__name__,
)
def test_a_recorded_event_is_kept_as_it_was(repositories: Repositories, event: WebhookEvent) -> None:
    before = datetime.now(UTC)

    record(repositories, event, REFUSED, 'CONVERSATION_CLOSED')

    (kept,) = unapplied(repositories)
    assert kept.event == event
    assert (kept.status, kept.reason, kept.deliveries) == (REFUSED, 'CONVERSATION_CLOSED', 1)
    assert before <= kept.first_received_at == kept.last_received_at <= datetime.now(UTC)
    assert kept.applied_at is None


def test_each_delivery_counts_and_the_last_one_stands(repositories: Repositories) -> None:
    event = NewMessageFactory.build()

    record(repositories, event, HELD, 'CONVERSATION_NOT_FOUND')
    record(repositories, event, HELD, 'CONVERSATION_NOT_FOUND')
    record(repositories, event, REFUSED, 'CONVERSATION_CLOSED')

    (kept,) = unapplied(repositories)
    assert (kept.status, kept.reason, kept.deliveries) == (REFUSED, 'CONVERSATION_CLOSED', 3)
    assert kept.first_received_at <= kept.last_received_at


def test_settled_events_are_no_longer_unapplied(repositories: Repositories) -> None:
    applied, dismissed, refused = NewMessageFactory.build_batch(3)
    for event in (applied, dismissed, refused):
        record(repositories, event)

    repositories.unapplied_events.mark_applied(applied)
    assert repositories.unapplied_events.dismiss(only(dismissed)) == 1
    repositories.unapplied_events.mark_refused(refused, reason='CONVERSATION_CLOSED')

    (kept,) = unapplied(repositories)
    assert (kept.event, kept.status, kept.reason) == (refused, REFUSED, 'CONVERSATION_CLOSED')


def test_settling_what_was_never_recorded_is_no_error(repositories: Repositories) -> None:
    event = NewMessageFactory.build()

    repositories.unapplied_events.mark_applied(event)
    repositories.unapplied_events.mark_refused(event, reason='WHY')
    repositories.unapplied_events.discard(event)

    assert unapplied(repositories) == []


def test_an_applied_event_that_comes_again_and_fails_is_unapplied_again(repositories: Repositories) -> None:
    event = NewMessageFactory.build()
    record(repositories, event)
    repositories.unapplied_events.mark_applied(event)

    record(repositories, event, REFUSED, 'CONVERSATION_CLOSED')

    (kept,) = unapplied(repositories)
    assert (kept.status, kept.deliveries, kept.applied_at) == (REFUSED, 2, None)


def test_dismissing_takes_held_and_refused_events_only(repositories: Repositories) -> None:
    held, refused, applied, other = NewMessageFactory.build_batch(4)
    for event in (held, applied, other):
        record(repositories, event)
    record(repositories, refused, REFUSED, 'CONVERSATION_CLOSED')
    repositories.unapplied_events.mark_applied(applied)

    assert repositories.unapplied_events.dismiss(only(held, refused, applied)) == 2

    assert [kept.event for kept in unapplied(repositories)] == [other]
    counts = repositories.unapplied_events.backlog().counts
    assert counts == {HELD: 1, REFUSED: 0, APPLIED: 1, DISMISSED: 2}


@pytest.mark.parametrize('status', [HELD, REFUSED])
def test_a_dismissed_event_stays_dismissed_when_it_is_delivered_again(
    repositories: Repositories, status: UnappliedStatus
) -> None:
    event = NewMessageFactory.build()
    record(repositories, event)
    repositories.unapplied_events.dismiss(ALL)

    record(repositories, event, status, 'CONVERSATION_CLOSED')
    repositories.unapplied_events.mark_refused(event, reason='CONVERSATION_CLOSED')

    assert repositories.unapplied_events.backlog().counts[DISMISSED] == 1
    repositories.unapplied_events.mark_applied(event)
    assert repositories.unapplied_events.backlog().counts[APPLIED] == 1


def test_an_applied_event_is_not_marked_as_refused(repositories: Repositories) -> None:
    """By a retry that looked before another one applied the event. Its contents are gone, so it could not come back."""
    event = NewMessageFactory.build()
    record(repositories, event)
    repositories.unapplied_events.mark_applied(event)

    repositories.unapplied_events.mark_refused(event, reason='CONVERSATION_CLOSED')

    assert repositories.unapplied_events.backlog().counts[APPLIED] == 1


def test_a_discarded_event_is_gone(repositories: Repositories) -> None:
    event, other = NewMessageFactory.build_batch(2)
    record(repositories, event)
    record(repositories, other)

    repositories.unapplied_events.discard(event)

    assert [kept.event for kept in unapplied(repositories)] == [other]


def test_the_backlog_counts_the_bytes_of_what_can_still_be_applied(repositories: Repositories) -> None:
    held, applied = NewMessageFactory.build_batch(2, content='é' * 100)
    record(repositories, held)
    record(repositories, applied)
    repositories.unapplied_events.mark_applied(applied)

    backlog = repositories.unapplied_events.backlog()

    assert backlog.payload_bytes == len(encode_event(held).encode())
    assert backlog.oldest_held_at == unapplied(repositories)[0].first_received_at


def test_held_events_wait_for_their_own_conversation_only(repositories: Repositories) -> None:
    ours, theirs = NewMessageFactory.build_batch(2)
    refused = NewMessageFactory.build(conversation_id=ours.conversation_id)
    record(repositories, ours)
    record(repositories, theirs)
    record(repositories, refused, REFUSED, 'CONVERSATION_CLOSED')

    held = list(repositories.unapplied_events.held_for(ours.conversation_id))

    assert [kept.event for kept in held] == [ours]
    assert list(repositories.unapplied_events.held_for(uuid4())) == []


def test_the_oldest_comes_first_and_a_close_after_the_messages_of_its_instant(repositories: Repositories) -> None:
    conversation_id = uuid4()
    close: CloseConversation = CloseConversationFactory.build(conversation_id=conversation_id, timestamp=sent_at(2))
    messages: list[NewMessage] = [
        NewMessageFactory.build(conversation_id=conversation_id, timestamp=sent_at(number)) for number in (3, 2, 0, 2)
    ]
    record(repositories, close)
    for message in messages:
        record(repositories, message)

    held = [kept.event for kept in repositories.unapplied_events.held_for(conversation_id)]

    late, tie, first, other_tie = messages
    assert held == [first, tie, other_tie, close, late]


@pytest.mark.parametrize(
    ('wanted', 'numbers'),
    [
        (UnappliedFilter(), [0, 1, 2]),
        (UnappliedFilter(held_only=True), [0, 2]),
        (UnappliedFilter(reason='CONVERSATION_CLOSED'), [1]),
        (UnappliedFilter(reason='CONVERSATION_CLOSED', held_only=True), []),
        (UnappliedFilter(conversation_id=UUID(int=2)), [2]),
        (UnappliedFilter(conversation_id=UUID(int=1), reason='CONVERSATION_NOT_FOUND'), []),
    ],
)
def test_what_is_wanted_is_found_and_counted(
    repositories: Repositories, wanted: UnappliedFilter, numbers: list[int]
) -> None:
    events = [
        NewMessageFactory.build(conversation_id=UUID(int=number), timestamp=sent_at(number)) for number in range(3)
    ]
    record(repositories, events[0])
    record(repositories, events[1], REFUSED, 'CONVERSATION_CLOSED')
    record(repositories, events[2])

    assert [kept.event for kept in unapplied(repositories, wanted)] == [events[number] for number in numbers]
    assert repositories.unapplied_events.count_unapplied(wanted) == len(numbers)


def test_what_is_settled_while_reading_does_not_shift_the_rest(repositories: Repositories) -> None:
    conversation_id = uuid4()
    events = [
        NewMessageFactory.build(conversation_id=conversation_id, timestamp=OPENED_AT + timedelta(seconds=number))
        for number in range(450)
    ]
    for event in events:
        record(repositories, event)

    seen = []
    for kept in repositories.unapplied_events.held_for(conversation_id):
        seen.append(kept.event)
        repositories.unapplied_events.mark_applied(kept.event)

    assert seen == events


@pytest.mark.parametrize(('held_too', 'left'), [(False, 1), (True, 0)])
def test_pruning_spares_what_is_recent_and_what_is_held(
    repositories: Repositories, *, held_too: bool, left: int
) -> None:
    held, refused, applied = NewMessageFactory.build_batch(3)
    record(repositories, held)
    record(repositories, refused, REFUSED, 'CONVERSATION_CLOSED')
    record(repositories, applied)
    repositories.unapplied_events.mark_applied(applied)
    now = datetime.now(UTC)

    assert repositories.unapplied_events.prune(now - timedelta(hours=1), held_too=held_too) == 0
    assert repositories.unapplied_events.count_unapplied(ALL) == 2
    assert repositories.unapplied_events.prune(now + timedelta(hours=1), held_too=held_too) == 3 - left
    assert repositories.unapplied_events.count_unapplied(ALL) == left


def test_of_copies_recorded_at_once_one_row_counts_all(shared_repositories: Repositories) -> None:
    event = NewMessageFactory.build()

    run_together([partial(record, shared_repositories, event) for _ in range(8)])

    (kept,) = unapplied(shared_repositories)
    assert kept.deliveries == 8
