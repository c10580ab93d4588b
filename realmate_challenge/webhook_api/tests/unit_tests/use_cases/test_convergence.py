"""In whatever order, however often, and through whatever crashes events come: the end is the same. In memory.

`tests/bounds.py` says how many histories are tried.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realmate_challenge.webhook_api.entities.events import Outcome, WebhookEvent, digest
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedFilter, UnappliedStatus
from realmate_challenge.webhook_api.tests.support.bounds import EXAMPLES
from realmate_challenge.webhook_api.tests.support.crashes import Fuse, Sender, fused
from realmate_challenge.webhook_api.tests.support.factories import (
    CLOSED_AT,
    CloseConversationFactory,
    NewConversationFactory,
    NewMessageFactory,
)
from realmate_challenge.webhook_api.tests.support.fakes import Repositories, in_memory
from realmate_challenge.webhook_api.tests.support.histories import (
    Delivery,
    deliveries,
    has_its_effect,
    is_acknowledged,
    states,
    states_in_order,
    unapplied,
)
from realmate_challenge.webhook_api.use_cases.replay_events import ReplayEvents
from realmate_challenge.webhook_api.use_cases.retry_event import RetryEvent

thousands: Final = hypothesis.settings(max_examples=EXAMPLES, deadline=None, database=None)
ONE: Final = timedelta(microseconds=1)
call_numbers: Final = st.frozensets(st.integers(1, 60), max_size=6)


def replay(repositories: Repositories, *, accept_late: bool) -> None:
    retry = RetryEvent(
        apply=repositories.apply_event(accept_late=accept_late), unapplied_events=repositories.unapplied_events
    )
    list(ReplayEvents(retry=retry, unapplied_events=repositories.unapplied_events)(UnappliedFilter()))


def assert_acknowledged_or_unapplied(repositories: Repositories, delivery: Delivery) -> None:
    """Never neither, and never both."""
    found, kept = states(repositories, delivery.order), unapplied(repositories, delivery.order)
    for event in delivery.order:
        assert has_its_effect(event, found) is (digest(event) not in kept)
    for row in kept.values():
        expected = (
            (UnappliedStatus.HELD, 'CONVERSATION_NOT_FOUND')
            if found[row.event.conversation_id] is None
            else (UnappliedStatus.REFUSED, 'CONVERSATION_CLOSED')
        )
        assert (row.status, row.reason) == expected


@thousands
@given(delivery=deliveries())
def test_with_late_messages_accepted_any_order_ends_as_the_right_one(delivery: Delivery) -> None:
    memory = in_memory()
    handle = memory.handle_webhook_event(accept_late=True)
    for event in delivery.arrivals:
        is_acknowledged(handle, event)

    assert states(memory, delivery.order) == states_in_order(delivery.order)
    assert unapplied(memory, delivery.order) == {}
    # A sender that retries gets its 204 in the end.
    assert all(is_acknowledged(handle, event) for event in delivery.order)
    assert states(memory, delivery.order) == states_in_order(delivery.order)


@thousands
@given(delivery=deliveries(complete=False))
def test_in_strict_mode_an_event_is_acknowledged_or_unapplied_and_a_replay_makes_up_for_it(delivery: Delivery) -> None:
    memory = in_memory()
    handle = memory.handle_webhook_event()
    acknowledged = {digest(event) for event in delivery.arrivals if is_acknowledged(handle, event)}

    assert_acknowledged_or_unapplied(memory, delivery)
    assert acknowledged.isdisjoint(unapplied(memory, delivery.order))

    replay(memory, accept_late=True)
    found = states(memory, delivery.order)
    assert found == states_in_order(delivery.order)
    assert all(found[kept.event.conversation_id] is None for kept in unapplied(memory, delivery.order).values())


@thousands
@given(delivery=deliveries(complete=False), when=st.integers(0, 30))
def test_an_erased_conversation_stays_erased_and_the_others_end_as_without_it(delivery: Delivery, when: int) -> None:
    memory, erased = in_memory(), UUID(int=1)
    handle = memory.handle_webhook_event(accept_late=True)
    for number, event in enumerate((*delivery.arrivals, *delivery.order)):
        if number == when:
            memory.conversations.erase(erased, CLOSED_AT)
        is_acknowledged(handle, event)
    memory.conversations.erase(erased, CLOSED_AT)

    others = [event for event in delivery.order if event.conversation_id != erased]
    assert states(memory, others) == states_in_order(others)
    assert memory.transcripts.read(erased, offset=0, limit=1, newest_first=False) is None
    assert all(kept.event.conversation_id != erased for kept in unapplied(memory, delivery.order).values())
    assert all(handle(event) is Outcome.DROPPED for event in delivery.order if event.conversation_id == erased)


@thousands
@given(delivery=deliveries(), before=call_numbers, after=call_numbers)
def test_crashes_between_any_two_steps_change_nothing(
    delivery: Delivery, before: frozenset[int], after: frozenset[int]
) -> None:
    memory = in_memory()

    Sender(fused(memory, Fuse(before, after)).handle_webhook_event(accept_late=True)).deliver(delivery.arrivals)

    assert states(memory, delivery.order) == states_in_order(delivery.order)
    assert unapplied(memory, delivery.order) == {}


@thousands
@given(delivery=deliveries(complete=False), before=call_numbers, after=call_numbers)
def test_in_strict_mode_crashes_lose_nothing_either(
    delivery: Delivery, before: frozenset[int], after: frozenset[int]
) -> None:
    memory = in_memory()

    Sender(fused(memory, Fuse(before, after)).handle_webhook_event()).deliver(delivery.arrivals)

    assert_acknowledged_or_unapplied(memory, delivery)
    replay(memory, accept_late=True)
    assert states(memory, delivery.order) == states_in_order(delivery.order)


@pytest.mark.parametrize('kind', ['before', 'after'])
def test_each_single_step_may_be_the_last(kind: str) -> None:
    """Not drawn: one history, backwards, crashed at its first call, at its second, and so on to the last."""
    opening = NewConversationFactory.build()
    messages = NewMessageFactory.build_batch(3, conversation_id=opening.conversation_id)
    close = CloseConversationFactory.build(
        conversation_id=opening.conversation_id, timestamp=messages[-1].timestamp + ONE
    )
    order: list[WebhookEvent] = [opening, *messages, close]
    number, crashes = 0, 1
    while crashes:
        number += 1
        memory, numbers, never = in_memory(), frozenset({number}), frozenset[int]()
        fuse = Fuse(numbers, never) if kind == 'before' else Fuse(never, numbers)
        Sender(fused(memory, fuse).handle_webhook_event(accept_late=True)).deliver(reversed(order))
        crashes = fuse.crashes
        assert states(memory, order) == states_in_order(order)
        assert unapplied(memory, order) == {}
    assert number > 4 * len(order)
