"""No interleaving of deliveries, with or without a crash, loses an event or applies it twice."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import pytest

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api.entities.conversation import (
    Conversation,
    ConversationClosedError,
    ConversationNotFoundError,
)
from realmate_challenge.webhook_api.entities.events import Outcome, WebhookEvent, digest
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus
from realmate_challenge.webhook_api.tests.support.events import (
    CLOSE,
    ID,
    MESSAGE,
    OPEN,
    OTHER_CLOSE,
    OTHER_MESSAGE,
    SECOND_MESSAGE,
)
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT
from realmate_challenge.webhook_api.tests.support.fakes import InMemoryStore, Repositories, in_memory
from realmate_challenge.webhook_api.tests.support.histories import (
    has_its_effect,
    is_acknowledged,
    states,
    states_in_order,
    unapplied,
)
from realmate_challenge.webhook_api.tests.support.interleavings import Exploration, Program

LATE: Final = pytest.mark.parametrize('accept_late', [False, True], ids=['strict', 'late messages accepted'])


def delivery(event: WebhookEvent, *, accept_late: bool) -> Program:
    return lambda repositories: repositories.handle_webhook_event(accept_late=accept_late)(event)


def replay(repositories: Repositories, *, accept_late: bool) -> object:
    return repositories.replay_events(accept_late=accept_late)


def after(*events: WebhookEvent) -> InMemoryStore:
    """Return the store after deliveries of these events."""
    store = InMemoryStore()
    for event in events:
        is_acknowledged(in_memory(store).handle_webhook_event(), event)
    return store


def assert_nothing_is_lost(events: Sequence[WebhookEvent], store: InMemoryStore, results: list[object]) -> None:
    """Each event is applied or kept, an acknowledged one is applied, and an open conversation has no held event."""
    found, kept = states(in_memory(store), events), unapplied(in_memory(store), events)
    for event, result in zip(events, results, strict=False):
        is_there = has_its_effect(event, found)
        assert is_there or digest(event) in kept
        assert is_there or isinstance(result, DomainError)
    for row in kept.values():
        assert row.event is not None
        assert (row.status is UnappliedStatus.HELD) is (found[row.event.conversation_id] is None)
        assert not has_its_effect(row.event, found)


SCENARIOS: Final[dict[str, tuple[list[WebhookEvent], list[WebhookEvent]]]] = {
    'a message and its opening': ([], [OPEN, MESSAGE]),
    'copies of an opening, and a message': ([], [OPEN, OPEN, MESSAGE]),
    'copies of a message, and its opening': ([], [OPEN, MESSAGE, MESSAGE]),
    'two messages and their opening': ([], [OPEN, MESSAGE, SECOND_MESSAGE]),
    'a close and its opening': ([], [OPEN, CLOSE]),
    'a message, its opening, and its close': ([], [OPEN, MESSAGE, CLOSE]),
    'copies of a message, and a close': ([OPEN], [MESSAGE, MESSAGE, CLOSE]),
    'two messages and a close': ([OPEN], [MESSAGE, SECOND_MESSAGE, CLOSE]),
    'a message, another of its id, and a close': ([OPEN], [MESSAGE, OTHER_MESSAGE, CLOSE]),
    'two closes and a message': ([OPEN], [MESSAGE, CLOSE, OTHER_CLOSE]),
    'a held message, copies of it, and the opening': ([MESSAGE], [OPEN, MESSAGE, MESSAGE]),
    'a held message, its close, and the opening': ([MESSAGE], [OPEN, CLOSE]),
}


@LATE
@pytest.mark.parametrize(('before', 'events'), SCENARIOS.values(), ids=list(SCENARIOS))
def test_no_interleaving_loses_an_event(
    before: list[WebhookEvent], events: list[WebhookEvent], *, accept_late: bool
) -> None:
    programs = [delivery(event, accept_late=accept_late) for event in events]
    exploration = Exploration(programs, partial(assert_nothing_is_lost, events))

    assert exploration.run(after(*before)) >= len(events)


def test_a_copy_that_is_stored_between_two_looks_makes_a_redelivery() -> None:
    def message(repositories: Repositories) -> object:
        return repositories.handle_webhook_event().apply(MESSAGE)

    def opening_copy_and_close(repositories: Repositories) -> None:
        repositories.conversations.add(Conversation(id=ID, opened_at=OPEN.timestamp))
        repositories.messages.add(MESSAGE.message, accept_late=False)
        repositories.conversations.close(ID, CLOSED_AT)

    def check(_store: InMemoryStore, results: list[object]) -> None:
        assert not isinstance(results[0], ConversationClosedError)

    assert Exploration([message, opening_copy_and_close], check).run(InMemoryStore()) > 10


def erasure(repositories: Repositories) -> None:
    repositories.conversations.erase(ID, CLOSED_AT)


ERASURES: Final[dict[str, tuple[list[WebhookEvent], list[WebhookEvent]]]] = {
    'a message and its opening': ([], [OPEN, MESSAGE]),
    'copies of a message': ([OPEN], [MESSAGE, MESSAGE]),
    'a message and a close': ([OPEN], [MESSAGE, CLOSE]),
    'a close and its opening': ([], [OPEN, CLOSE]),
    'a held message, a copy of it, and the opening': ([MESSAGE], [OPEN, MESSAGE]),
}


@pytest.mark.parametrize(('before', 'events'), ERASURES.values(), ids=list(ERASURES))
def test_no_interleaving_restores_an_erased_conversation(
    before: list[WebhookEvent], events: list[WebhookEvent]
) -> None:
    def check(store: InMemoryStore, _results: list[object]) -> None:
        handle = in_memory(store).handle_webhook_event(accept_late=True)
        assert (store.conversations, store.messages, store.unapplied_events) == ({}, {}, {})
        assert all(handle(event) is Outcome.DROPPED for event in events)

    programs = [erasure, *(delivery(event, accept_late=True) for event in events)]

    assert Exploration(programs, check).run(after(*before)) > len(events)


CRASHES: Final[dict[str, list[WebhookEvent]]] = {
    'a message and its opening': [OPEN, MESSAGE],
    'a close and its opening': [OPEN, CLOSE],
    'copies of a message, and its opening': [OPEN, MESSAGE, MESSAGE],
    'two messages and their opening': [OPEN, MESSAGE, SECOND_MESSAGE],
}


@pytest.mark.parametrize('events', CRASHES.values(), ids=list(CRASHES))
def test_no_crash_loses_an_event_that_is_delivered_again(events: list[WebhookEvent]) -> None:
    """One delivery crashes at any of its steps. A replay follows."""

    def check(store: InMemoryStore, results: list[object]) -> None:
        memory = in_memory(store)
        handle = memory.handle_webhook_event(accept_late=True)
        for event, result in zip(events, results, strict=True):
            if result is None:
                is_acknowledged(handle, event)
        assert states(memory, events) == states_in_order(events)
        replay(memory, accept_late=True)
        assert unapplied(memory, events) == {}

    programs = [delivery(event, accept_late=True) for event in events]
    exploration = Exploration(programs, check, crashes=1)

    assert exploration.run(InMemoryStore()) > len(events)


@LATE
@pytest.mark.parametrize('live', [[MESSAGE], [CLOSE], [OTHER_CLOSE], [MESSAGE, CLOSE]], ids=repr)
def test_two_replays_at_once_and_live_traffic(live: list[WebhookEvent], *, accept_late: bool) -> None:
    """The conversation is open and has held messages, as after a crash during the opening."""
    store = after(MESSAGE, SECOND_MESSAGE)
    in_memory(store).handle_webhook_event().apply(OPEN)
    events = [*live, MESSAGE, SECOND_MESSAGE]

    def check(end: InMemoryStore, results: list[object]) -> None:
        assert_nothing_is_lost(events, end, results[: len(live)])

    programs = [delivery(event, accept_late=accept_late) for event in live]
    programs += [partial(replay, accept_late=accept_late)] * (1 if len(live) > 1 else 2)

    assert Exploration(programs, check).run(store) > 2


def hold_without_retry(repositories: Repositories) -> object:
    """Hold the event as the service does, but do not retry it."""
    handle = repositories.handle_webhook_event()
    try:
        return handle.apply(MESSAGE)
    except ConversationNotFoundError as error:
        repositories.unapplied_events.record(MESSAGE, status=UnappliedStatus.HELD, reason=error.code)
        raise


def test_the_exploration_finds_a_lost_event() -> None:
    programs = [delivery(OPEN, accept_late=False), hold_without_retry]

    with pytest.raises(AssertionError):
        Exploration(programs, partial(assert_nothing_is_lost, [OPEN, MESSAGE])).run(InMemoryStore())


def test_every_interleaving_is_counted() -> None:
    """Two programs of two steps each have six interleavings."""

    def look_twice(repositories: Repositories) -> object:
        return repositories.conversations.get(ID), repositories.messages.get(MESSAGE.message.id)

    exploration = Exploration([look_twice, look_twice], lambda *_: None)

    assert exploration.run(InMemoryStore()) == 6
    assert exploration.states == 9
    assert exploration.ends == 1
