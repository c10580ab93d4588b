"""No interleaving of deliveries strands an event, or doubles it: all of them are tried, with crashes and without."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

import pytest

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api.entities.conversation import ConversationNotFoundError
from realmate_challenge.webhook_api.entities.events import (
    CloseConversation,
    NewConversation,
    NewMessage,
    Outcome,
    WebhookEvent,
    digest,
)
from realmate_challenge.webhook_api.entities.message import MessageDirection
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedFilter, UnappliedStatus
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT, OPENED_AT, sent_at
from realmate_challenge.webhook_api.tests.support.fakes import InMemoryStore, Repositories, in_memory
from realmate_challenge.webhook_api.tests.support.histories import (
    has_its_effect,
    is_acknowledged,
    states,
    states_in_order,
    unapplied,
)
from realmate_challenge.webhook_api.tests.support.interleavings import Exploration, Program
from realmate_challenge.webhook_api.use_cases.replay_events import ReplayEvents
from realmate_challenge.webhook_api.use_cases.retry_event import RetryEvent

ID: Final = UUID(int=1)
OPEN: Final = NewConversation(conversation_id=ID, timestamp=OPENED_AT)
FIRST: Final = NewMessage(
    conversation_id=ID, timestamp=sent_at(0), message_id=UUID(int=2), direction=MessageDirection.RECEIVED, content='Oi'
)
SECOND: Final = replace(FIRST, message_id=UUID(int=3), timestamp=sent_at(1), content='Olá')
OTHER_FIRST: Final = replace(FIRST, content='not the same')
CLOSE: Final = CloseConversation(conversation_id=ID, timestamp=CLOSED_AT)
OTHER_CLOSE: Final = replace(CLOSE, timestamp=CLOSED_AT + timedelta(seconds=1))
LATE: Final = pytest.mark.parametrize('accept_late', [False, True], ids=['strict', 'late messages accepted'])


def delivery(event: WebhookEvent, *, accept_late: bool) -> Program:
    return lambda repositories: repositories.handle_webhook_event(accept_late=accept_late)(event)


def replay(repositories: Repositories, *, accept_late: bool) -> list[object]:
    retry = RetryEvent(
        apply=repositories.apply_event(accept_late=accept_late), unapplied_events=repositories.unapplied_events
    )
    replayed = ReplayEvents(retry=retry, unapplied_events=repositories.unapplied_events)(UnappliedFilter())
    return [result for _, result in replayed]


def after(*events: WebhookEvent) -> InMemoryStore:
    """What is stored once these were delivered."""
    store = InMemoryStore()
    for event in events:
        is_acknowledged(in_memory(store).handle_webhook_event(), event)
    return store


def assert_nothing_is_lost(events: Sequence[WebhookEvent], store: InMemoryStore, results: list[object]) -> None:
    """An acknowledged event has its effect; any other has it too, or is kept; and nothing open has anything held."""
    found, kept = states(in_memory(store), events), unapplied(in_memory(store), events)
    for event, result in zip(events, results, strict=False):
        is_there = has_its_effect(event, found)
        assert is_there or digest(event) in kept
        assert is_there or isinstance(result, DomainError)
    for row in kept.values():
        assert (row.status is UnappliedStatus.HELD) is (found[row.event.conversation_id] is None)
        assert not has_its_effect(row.event, found)


SCENARIOS: Final[dict[str, tuple[list[WebhookEvent], list[WebhookEvent]]]] = {
    'a message and its opening': ([], [OPEN, FIRST]),
    'copies of an opening, and a message': ([], [OPEN, OPEN, FIRST]),
    'copies of a message, and its opening': ([], [OPEN, FIRST, FIRST]),
    'two messages and their opening': ([], [OPEN, FIRST, SECOND]),
    'a close and its opening': ([], [OPEN, CLOSE]),
    'a message, its opening, and its close': ([], [OPEN, FIRST, CLOSE]),
    'copies of a message, and a close': ([OPEN], [FIRST, FIRST, CLOSE]),
    'two messages and a close': ([OPEN], [FIRST, SECOND, CLOSE]),
    'a message, another of its id, and a close': ([OPEN], [FIRST, OTHER_FIRST, CLOSE]),
    'two closes and a message': ([OPEN], [FIRST, CLOSE, OTHER_CLOSE]),
    'a held message, copies of it, and the opening': ([FIRST], [OPEN, FIRST, FIRST]),
    'a held message, its close, and the opening': ([FIRST], [OPEN, CLOSE]),
}


@LATE
@pytest.mark.parametrize(('before', 'events'), SCENARIOS.values(), ids=list(SCENARIOS))
def test_no_interleaving_loses_or_strands_an_event(
    before: list[WebhookEvent], events: list[WebhookEvent], *, accept_late: bool
) -> None:
    programs = [delivery(event, accept_late=accept_late) for event in events]
    exploration = Exploration(programs, partial(assert_nothing_is_lost, events))

    assert exploration.run(after(*before)) >= len(events)


def erasure(repositories: Repositories) -> None:
    repositories.conversations.erase(ID, CLOSED_AT)


ERASURES: Final[dict[str, tuple[list[WebhookEvent], list[WebhookEvent]]]] = {
    'a message and its opening': ([], [OPEN, FIRST]),
    'copies of a message': ([OPEN], [FIRST, FIRST]),
    'a message and a close': ([OPEN], [FIRST, CLOSE]),
    'a close and its opening': ([], [OPEN, CLOSE]),
    'a held message, a copy of it, and the opening': ([FIRST], [OPEN, FIRST]),
}


@pytest.mark.parametrize(('before', 'events'), ERASURES.values(), ids=list(ERASURES))
def test_nothing_of_an_erased_conversation_is_left_or_comes_back(
    before: list[WebhookEvent], events: list[WebhookEvent]
) -> None:
    def check(store: InMemoryStore, _results: list[object]) -> None:
        handle = in_memory(store).handle_webhook_event(accept_late=True)
        assert (store.conversations, store.messages, store.unapplied_events) == ({}, {}, {})
        assert all(handle(event) is Outcome.DROPPED for event in events)

    programs = [erasure, *(delivery(event, accept_late=True) for event in events)]

    assert Exploration(programs, check).run(after(*before)) > len(events)


CRASHES: Final[dict[str, list[WebhookEvent]]] = {
    'a message and its opening': [OPEN, FIRST],
    'a close and its opening': [OPEN, CLOSE],
    'copies of a message, and its opening': [OPEN, FIRST, FIRST],
    'two messages and their opening': [OPEN, FIRST, SECOND],
}


@pytest.mark.parametrize('events', CRASHES.values(), ids=list(CRASHES))
def test_nor_do_crashes_once_the_sender_has_delivered_again(events: list[WebhookEvent]) -> None:
    """Any one of them may die at any of its steps, beside the others. The last of all checks is the hourly replay."""

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
@pytest.mark.parametrize('live', [[FIRST], [CLOSE], [OTHER_CLOSE], [FIRST, CLOSE]], ids=repr)
def test_two_replays_at_once_and_live_traffic(live: list[WebhookEvent], *, accept_late: bool) -> None:
    """What the crash of an opener left behind: open, with a message and a close held."""
    store = after(FIRST, SECOND)
    in_memory(store).apply_event()(OPEN)
    events = [*live, FIRST, SECOND]

    def check(end: InMemoryStore, results: list[object]) -> None:
        assert_nothing_is_lost(events, end, results[: len(live)])

    programs = [delivery(event, accept_late=accept_late) for event in live]
    programs += [partial(replay, accept_late=accept_late)] * (1 if len(live) > 1 else 2)

    assert Exploration(programs, check).run(store) > 2


def careless(repositories: Repositories) -> object:
    """Holds what does not apply, as the service does, but does not try again after."""
    handle = repositories.handle_webhook_event()
    try:
        return handle.apply(FIRST)
    except ConversationNotFoundError as error:
        repositories.unapplied_events.record(FIRST, status=UnappliedStatus.HELD, reason=error.code)
        raise


def test_an_interleaving_that_strands_is_found() -> None:
    """So the exploration can fail."""
    programs = [delivery(OPEN, accept_late=False), careless]

    with pytest.raises(AssertionError):
        Exploration(programs, partial(assert_nothing_is_lost, [OPEN, FIRST])).run(InMemoryStore())


def test_every_interleaving_is_counted() -> None:
    """Two programs of two steps each have six."""

    def look_twice(repositories: Repositories) -> object:
        return repositories.conversations.get(ID), repositories.messages.get(FIRST.message_id)

    exploration = Exploration([look_twice, look_twice], lambda *_: None)

    assert exploration.run(InMemoryStore()) == 6
    assert exploration.states == 9
    assert exploration.ends == 1
