"""Any order, copies and crashes of deliveries lead to the same conversations. Runs in memory.

`tests/support/bounds.py` sets the number of examples.
"""

from typing import Final
from uuid import UUID

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realmate_challenge.webhook_api.entities.events import Outcome, digest
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus
from realmate_challenge.webhook_api.tests.support.bounds import EXAMPLES
from realmate_challenge.webhook_api.tests.support.crashes import CrashPlan, deliver
from realmate_challenge.webhook_api.tests.support.events import CLOSE, MESSAGE, OPEN, SECOND_MESSAGE
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT
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

with_many_examples: Final = hypothesis.settings(max_examples=EXAMPLES, deadline=None, database=None)
call_numbers: Final = st.frozensets(st.integers(1, 60), max_size=6)


def assert_all_applied(repositories: Repositories, delivery: Delivery) -> None:
    assert states(repositories, delivery.order) == states_in_order(delivery.order)
    assert unapplied(repositories, delivery.order) == {}


def assert_each_event_is_applied_or_kept(repositories: Repositories, delivery: Delivery) -> None:
    found, kept = states(repositories, delivery.order), unapplied(repositories, delivery.order)
    for event in delivery.order:
        assert has_its_effect(event, found) is (digest(event) not in kept)
    for row in kept.values():
        assert row.event is not None
        is_missing = found[row.event.conversation_id] is None
        assert row.status is (UnappliedStatus.HELD if is_missing else UnappliedStatus.REFUSED)
        assert row.reason == ('CONVERSATION_NOT_FOUND' if is_missing else 'CONVERSATION_CLOSED')


@with_many_examples
@given(delivery=deliveries(), before=call_numbers, after=call_numbers)
def test_with_late_messages_accepted_any_order_and_crashes_end_alike(
    delivery: Delivery, before: frozenset[int], after: frozenset[int]
) -> None:
    memory = in_memory()

    deliver(CrashPlan(before, after).applied_to(memory).handle_webhook_event(accept_late=True), delivery.arrivals)

    assert_all_applied(memory, delivery)
    # A sender that retries gets its 204.
    handle = memory.handle_webhook_event(accept_late=True)
    assert all(is_acknowledged(handle, event) for event in delivery.order)
    assert_all_applied(memory, delivery)


@with_many_examples
@given(delivery=deliveries(complete=False), before=call_numbers, after=call_numbers)
def test_without_late_messages_an_event_is_applied_or_kept_and_a_replay_applies_it(
    delivery: Delivery, before: frozenset[int], after: frozenset[int]
) -> None:
    memory = in_memory()

    deliver(CrashPlan(before, after).applied_to(memory).handle_webhook_event(), delivery.arrivals)

    assert_each_event_is_applied_or_kept(memory, delivery)
    memory.replay_events(accept_late=True)
    found = states(memory, delivery.order)
    assert found == states_in_order(delivery.order)
    kept = unapplied(memory, delivery.order).values()
    assert all(found[each.event.conversation_id] is None for each in kept if each.event)


@with_many_examples
@given(delivery=deliveries(complete=False), when=st.integers(0, 30))
def test_an_erased_conversation_stays_erased_and_the_others_are_complete(delivery: Delivery, when: int) -> None:
    memory, erased = in_memory(), UUID(int=1)
    handle = memory.handle_webhook_event(accept_late=True)
    for number, event in enumerate((*delivery.arrivals, *delivery.order)):
        if number == when:
            memory.conversations.erase(erased, CLOSED_AT)
        is_acknowledged(handle, event)
    memory.conversations.erase(erased, CLOSED_AT)

    others = [event for event in delivery.order if event.conversation_id != erased]
    assert states(memory, others) == states_in_order(others)
    assert states(memory, [OPEN]) == {erased: None}
    kept = unapplied(memory, delivery.order).values()
    assert all(each.event.conversation_id != erased for each in kept if each.event)
    assert all(handle(event) is Outcome.DROPPED for event in delivery.order if event.conversation_id == erased)


@pytest.mark.parametrize('has_effect', [False, True])
def test_a_crash_at_each_single_call_loses_nothing(*, has_effect: bool) -> None:
    order = (OPEN, MESSAGE, SECOND_MESSAGE, CLOSE)
    delivery = Delivery(order=order, arrivals=order[::-1])
    number, crashes = 0, 1
    while crashes:
        number += 1
        memory, numbers = in_memory(), frozenset({number})
        plan = CrashPlan(after=numbers) if has_effect else CrashPlan(before=numbers)
        deliver(plan.applied_to(memory).handle_webhook_event(accept_late=True), delivery.arrivals)
        crashes = plan.crashes
        assert_all_applied(memory, delivery)
    assert number > 4 * len(order)
