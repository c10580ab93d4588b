"""`UnappliedEventRepository`, in memory and in the database."""

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from realmate_challenge.webhook_api.entities.events import CloseConversation, WebhookEvent, digest
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedEvent, UnappliedFilter, UnappliedStatus
from realmate_challenge.webhook_api.serializers.events import encode_event
from realmate_challenge.webhook_api.tests.support.factories import (
    CloseConversationFactory,
    NewConversationFactory,
    NewMessageFactory,
    sent_at,
)
from realmate_challenge.webhook_api.tests.support.fakes import Repositories
from realmate_challenge.webhook_api.tests.support.threads import run_together

ALL = UnappliedFilter()
HELD, REFUSED, INVALID, APPLIED, DISMISSED = UnappliedStatus


def record(
    repositories: Repositories,
    event: WebhookEvent,
    status: UnappliedStatus = HELD,
    reason: str = 'CONVERSATION_NOT_FOUND',
) -> None:
    repositories.unapplied_events.record(event, status=status, reason=reason)


def unapplied(repositories: Repositories, wanted: UnappliedFilter = ALL) -> list[UnappliedEvent]:
    return list(repositories.unapplied_events.unapplied(wanted))


def count(repositories: Repositories, status: UnappliedStatus) -> int:
    return repositories.unapplied_events.backlog().counts[status]


@pytest.mark.parametrize('factory', [NewConversationFactory, NewMessageFactory, CloseConversationFactory])
def test_recorded_event_counts_its_deliveries_and_has_the_latest_status(
    repositories: Repositories, factory: type[NewMessageFactory]
) -> None:
    event, before = factory.build(), datetime.now(UTC)

    for deliveries, status, reason in ((1, HELD, 'FIRST'), (2, HELD, 'SECOND'), (3, REFUSED, 'THIRD')):
        record(repositories, event, status, reason)

        (kept,) = unapplied(repositories)
        assert kept.event == event
        assert (kept.status, kept.reason, kept.deliveries) == (status, reason, deliveries)
        assert before <= kept.first_received_at <= kept.last_received_at <= datetime.now(UTC)
        assert (kept.first_received_at == kept.last_received_at) is (deliveries == 1)
        assert kept.applied_at is None


def test_settled_events_are_not_unapplied(repositories: Repositories) -> None:
    applied, refused, discarded, held, dismissed, refused_first = events = NewMessageFactory.build_batch(6)
    for event in events:
        record(repositories, event)
    record(repositories, refused_first, REFUSED)
    unapplied_events = repositories.unapplied_events

    unapplied_events.mark_applied([applied])
    unapplied_events.mark_refused(refused, reason='CONVERSATION_CLOSED')
    unapplied_events.discard(digest(discarded))
    # Dismissing does not change an applied event.
    wanted = UnappliedFilter(digests=frozenset(map(digest, (applied, dismissed, refused_first))))
    assert unapplied_events.dismiss(wanted) == 2

    kept = {each.event: (each.status, each.reason) for each in unapplied(repositories)}
    assert kept == {refused: (REFUSED, 'CONVERSATION_CLOSED'), held: (HELD, 'CONVERSATION_NOT_FOUND')}
    assert unapplied_events.backlog().counts == {HELD: 1, REFUSED: 1, INVALID: 0, APPLIED: 1, DISMISSED: 2}


def test_settling_an_unknown_event_does_nothing(repositories: Repositories) -> None:
    event = NewMessageFactory.build()

    repositories.unapplied_events.mark_applied([event])
    repositories.unapplied_events.mark_refused(event, reason='WHY')
    repositories.unapplied_events.discard(digest(event))

    assert sum(repositories.unapplied_events.backlog().counts.values()) == 0


def test_applied_event_becomes_unapplied_by_a_new_delivery_only(repositories: Repositories) -> None:
    """A retry that read the event before it was applied must not mark it as refused: its contents are gone."""
    event = NewMessageFactory.build()
    record(repositories, event)
    repositories.unapplied_events.mark_applied([event])

    repositories.unapplied_events.mark_refused(event, reason='CONVERSATION_CLOSED')
    assert count(repositories, APPLIED) == 1

    record(repositories, event, REFUSED, 'CONVERSATION_CLOSED')
    (kept,) = unapplied(repositories)
    assert (kept.event, kept.status, kept.deliveries, kept.applied_at) == (event, REFUSED, 2, None)


@pytest.mark.parametrize('status', [HELD, REFUSED])
def test_dismissed_event_stays_dismissed_until_it_is_applied(
    repositories: Repositories, status: UnappliedStatus
) -> None:
    event = NewMessageFactory.build()
    record(repositories, event)
    repositories.unapplied_events.dismiss(ALL)

    record(repositories, event, status, 'CONVERSATION_CLOSED')
    repositories.unapplied_events.mark_refused(event, reason='CONVERSATION_CLOSED')
    assert count(repositories, DISMISSED) == 1

    repositories.unapplied_events.mark_applied([event])
    assert count(repositories, APPLIED) == 1


def test_backlog_has_the_bytes_of_unapplied_events_and_the_age_of_the_oldest_held(repositories: Repositories) -> None:
    refused, held, applied = NewMessageFactory.build_batch(3, content='é' * 100)
    record(repositories, refused, REFUSED)
    record(repositories, held)
    record(repositories, NewMessageFactory.build())
    record(repositories, applied)
    repositories.unapplied_events.mark_applied([applied])

    backlog = repositories.unapplied_events.backlog()

    kept = {each.digest: each for each in unapplied(repositories)}
    assert backlog.payload_bytes == sum(len(encode_event(each.event).encode()) for each in kept.values() if each.event)
    assert backlog.oldest_held_at == kept[digest(held)].first_received_at


def test_held_events_of_a_conversation_are_sorted_by_timestamp_and_release_order(repositories: Repositories) -> None:
    conversation_id = uuid4()
    close: CloseConversation = CloseConversationFactory.build(conversation_id=conversation_id, timestamp=sent_at(2))
    late, tie, first, other_tie = (
        NewMessageFactory.build(conversation_id=conversation_id, timestamp=sent_at(number)) for number in (3, 2, 0, 2)
    )
    opening = NewConversationFactory.build(conversation_id=conversation_id, timestamp=sent_at(2))
    for event in (close, late, tie, first, other_tie, opening, NewMessageFactory.build()):
        record(repositories, event)
    record(repositories, NewMessageFactory.build(conversation_id=conversation_id), REFUSED)

    held = [kept.event for kept in repositories.unapplied_events.held_for(conversation_id)]

    assert held == [first, opening, tie, other_tie, close, late]
    assert list(repositories.unapplied_events.held_for(uuid4())) == []


@pytest.mark.parametrize(
    ('wanted', 'numbers'),
    [
        (ALL, [0, 1, 2]),
        (UnappliedFilter(held_only=True), [0, 2]),
        (UnappliedFilter(reason='CONVERSATION_CLOSED'), [1]),
        (UnappliedFilter(reason='CONVERSATION_CLOSED', held_only=True), []),
        (UnappliedFilter(conversation_id=UUID(int=2)), [2]),
        (UnappliedFilter(conversation_id=UUID(int=1), reason='CONVERSATION_NOT_FOUND'), []),
    ],
)
def test_filters_are_combined(repositories: Repositories, wanted: UnappliedFilter, numbers: list[int]) -> None:
    events = [
        NewMessageFactory.build(conversation_id=UUID(int=number), timestamp=sent_at(number)) for number in range(3)
    ]
    record(repositories, events[0])
    record(repositories, events[1], REFUSED, 'CONVERSATION_CLOSED')
    record(repositories, events[2])

    assert [kept.event for kept in unapplied(repositories, wanted)] == [events[number] for number in numbers]
    assert repositories.unapplied_events.count_unapplied(wanted) == len(numbers)


def test_settling_events_while_reading_does_not_shift_the_rest(repositories: Repositories) -> None:
    conversation_id = uuid4()
    events = [
        NewMessageFactory.build(conversation_id=conversation_id, timestamp=sent_at(number)) for number in range(450)
    ]
    for event in events:
        record(repositories, event)

    seen = []
    for kept in repositories.unapplied_events.held_for(conversation_id):
        assert kept.event is not None
        seen.append(kept.event)
        repositories.unapplied_events.mark_applied([kept.event])

    assert seen == events


@pytest.mark.parametrize(('held_too', 'left'), [(False, 1), (True, 0)])
def test_prune_keeps_recent_events_and_held_ones(repositories: Repositories, *, held_too: bool, left: int) -> None:
    prune = partial(repositories.unapplied_events.prune, held_too=held_too)
    held, refused, applied = NewMessageFactory.build_batch(3)
    record(repositories, held)
    record(repositories, refused, REFUSED)
    record(repositories, applied)
    repositories.unapplied_events.mark_applied([applied])
    repositories.unapplied_events.record_invalid('{}', event_type='', errors='type: This field is required.')
    before, after = (datetime.now(UTC) + timedelta(hours=hours) for hours in (-1, 1))

    assert prune(before, invalid_before=before) == 0
    assert prune(before, invalid_before=after) == 1
    assert prune(after, invalid_before=before) == 3 - left
    assert repositories.unapplied_events.count_unapplied(ALL) == left


def test_invalid_body_is_kept_once_until_it_is_dismissed(repositories: Repositories) -> None:
    for _ in range(2):
        repositories.unapplied_events.record_invalid('{"type": "NEW"}', event_type='', errors='data: required')

    (kept,) = unapplied(repositories)
    assert (kept.event, kept.status, kept.reason, kept.deliveries) == (None, INVALID, 'VALIDATION_ERROR', 2)
    assert unapplied(repositories, UnappliedFilter(held_only=True)) == []
    assert repositories.unapplied_events.dismiss(UnappliedFilter(digests=frozenset({kept.digest}))) == 1
    repositories.unapplied_events.record_invalid('{"type": "NEW"}', event_type='', errors='data: required')
    assert count(repositories, DISMISSED) == 1


def test_parallel_copies_are_one_row_that_counts_all(shared_repositories: Repositories) -> None:
    event = NewMessageFactory.build()

    run_together([partial(record, shared_repositories, event) for _ in range(8)])

    (kept,) = unapplied(shared_repositories)
    assert kept.deliveries == 8
