"""Handling of events by the event table of the wire contract, without a database."""

from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import uuid4

import pytest

from realmate_challenge.shared.errors import DomainError, NotFoundError
from realmate_challenge.webhook_api.entities.conversation import (
    MAX_TRIES,
    ContentionError,
    Conversation,
    ConversationAlreadyExistsError,
    ConversationClosedError,
    ConversationNotFoundError,
)
from realmate_challenge.webhook_api.entities.events import NewMessage, Outcome, WebhookEvent
from realmate_challenge.webhook_api.entities.message import MessageAlreadyExistsError, MessageDirection
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedFilter, UnappliedStatus
from realmate_challenge.webhook_api.tests.support.events import CLOSE, MESSAGE, ONE_MICROSECOND, OPEN, OTHER_CLOSE
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT
from realmate_challenge.webhook_api.tests.support.fakes import (
    ContendedConversationRepository,
    ContendedMessageRepository,
    InMemoryStore,
    Repositories,
    in_memory,
)
from realmate_challenge.webhook_api.use_cases.close_conversation import CloseConversation
from realmate_challenge.webhook_api.use_cases.create_conversation import CreateConversation
from realmate_challenge.webhook_api.use_cases.create_message import CreateMessage

type Kept = list[tuple[WebhookEvent, UnappliedStatus, str]]

CONVERSATION: Final = Conversation(id=OPEN.conversation_id, opened_at=OPEN.timestamp)


def message_with(**changes: object) -> NewMessage:
    return NewMessage(message=replace(MESSAGE.message, **changes))  # type: ignore[arg-type]  # fields of a message


def kept(repositories: Repositories) -> Kept:
    unapplied = repositories.unapplied_events.unapplied(UnappliedFilter())
    return [(each.event, each.status, each.reason) for each in unapplied if each.event]


ACKNOWLEDGED: Final[dict[str, tuple[list[WebhookEvent], WebhookEvent, Outcome]]] = {
    'opening': ([], OPEN, Outcome.APPLIED),
    'opening again': ([OPEN], OPEN, Outcome.REDELIVERED),
    'opening again after the close': ([OPEN, CLOSE], OPEN, Outcome.REDELIVERED),
    'message': ([OPEN], MESSAGE, Outcome.APPLIED),
    'message again': ([OPEN, MESSAGE], MESSAGE, Outcome.REDELIVERED),
    'message again after the close': ([OPEN, MESSAGE, CLOSE], MESSAGE, Outcome.REDELIVERED),
    'close': ([OPEN], CLOSE, Outcome.APPLIED),
    'close again': ([OPEN, CLOSE], CLOSE, Outcome.REDELIVERED),
}


@pytest.mark.parametrize(('before', 'event', 'outcome'), ACKNOWLEDGED.values(), ids=list(ACKNOWLEDGED))
def test_an_acknowledged_event_is_not_kept(
    memory: Repositories, before: list[WebhookEvent], event: WebhookEvent, outcome: Outcome
) -> None:
    handle = memory.handle_webhook_event()
    for earlier in before:
        handle(earlier)

    assert handle(event) is outcome
    assert kept(memory) == []


@pytest.mark.parametrize('event', [MESSAGE, CLOSE], ids=['message', 'close'])
def test_an_event_of_an_unknown_conversation_is_held(memory: Repositories, event: WebhookEvent) -> None:
    with pytest.raises(
        ConversationNotFoundError, match=f'{OPEN.conversation_id} does not exist. The event is kept, and applied when'
    ):
        memory.handle_webhook_event()(event)

    assert kept(memory) == [(event, UnappliedStatus.HELD, 'CONVERSATION_NOT_FOUND')]


REFUSED: Final[dict[str, tuple[list[WebhookEvent], WebhookEvent, type[DomainError]]]] = {
    'opened at another time': ([], replace(OPEN, timestamp=CLOSED_AT), ConversationAlreadyExistsError),
    'closed later': ([CLOSE], OTHER_CLOSE, ConversationClosedError),
    'closed earlier': ([CLOSE], replace(CLOSE, timestamp=CLOSED_AT - ONE_MICROSECOND), ConversationClosedError),
    'message after the close': ([CLOSE], message_with(id=uuid4()), ConversationClosedError),
    'other content': ([], message_with(content=f'{MESSAGE.message.content} '), MessageAlreadyExistsError),
    'other direction': ([], message_with(direction=MessageDirection.SENT), MessageAlreadyExistsError),
    'other timestamp': ([], message_with(timestamp=CLOSED_AT), MessageAlreadyExistsError),
    'other conversation': ([], message_with(conversation_id=uuid4()), MessageAlreadyExistsError),
    'other content after the close': ([CLOSE], message_with(content='other'), MessageAlreadyExistsError),
}


@pytest.mark.parametrize(('after', 'event', 'error'), REFUSED.values(), ids=list(REFUSED))
def test_a_refused_event_is_kept_and_changes_nothing(
    after: list[WebhookEvent], event: WebhookEvent, error: type[DomainError]
) -> None:
    store = InMemoryStore()
    handle = in_memory(store).handle_webhook_event()
    for earlier in (OPEN, MESSAGE, *after):
        handle(earlier)
    before = dict(store.conversations), dict(store.messages)

    with pytest.raises(error):
        handle(event)

    assert kept(in_memory(store)) == [(event, UnappliedStatus.REFUSED, error.code)]
    assert (store.conversations, store.messages) == before


def test_an_opening_applies_held_events_and_keeps_those_that_are_refused_now(memory: Repositories) -> None:
    handle = memory.handle_webhook_event()
    too_late = message_with(id=uuid4(), timestamp=CLOSED_AT + ONE_MICROSECOND)
    for event in (too_late, CLOSE, MESSAGE):
        with pytest.raises(NotFoundError):
            handle(event)

    assert handle(OPEN) is Outcome.APPLIED

    assert memory.conversations.get(CONVERSATION.id) == replace(CONVERSATION, closed_at=CLOSED_AT)
    assert memory.messages.get(MESSAGE.message.id) == MESSAGE.message
    assert kept(memory) == [(too_late, UnappliedStatus.REFUSED, 'CONVERSATION_CLOSED')]


def test_a_redelivered_opening_applies_held_events(memory: Repositories) -> None:
    """The first delivery may have ended between opening and releasing."""
    handle = memory.handle_webhook_event()
    with pytest.raises(NotFoundError):
        handle(MESSAGE)
    handle.apply(OPEN)

    assert handle(OPEN) is Outcome.REDELIVERED

    assert memory.messages.get(MESSAGE.message.id) == MESSAGE.message


@pytest.mark.parametrize(
    ('microseconds', 'accept_late', 'accepted'),
    [(0, True, True), (1, True, False), (0, False, False)],
)
def test_late_messages(memory: Repositories, *, microseconds: int, accept_late: bool, accepted: bool) -> None:
    handle = memory.handle_webhook_event(accept_late=accept_late)
    handle(OPEN)
    handle(CLOSE)
    message = message_with(timestamp=CLOSED_AT + timedelta(microseconds=microseconds))

    if accepted:
        assert handle(message) is Outcome.APPLIED
    else:
        with pytest.raises(ConversationClosedError):
            handle(message)


def contended_close(failures: int | None) -> Outcome:
    return CloseConversation(
        conversations=ContendedConversationRepository(conversation=CONVERSATION, failures=failures)
    )(CLOSE)


def contended_message(failures: int | None) -> Outcome:
    return CreateMessage(
        conversations=ContendedConversationRepository(conversation=CONVERSATION),
        messages=ContendedMessageRepository(failures=failures),
        accept_late=False,
    )(MESSAGE)


@pytest.mark.parametrize('use_case', [contended_close, contended_message])
def test_a_lost_race_is_retried_a_limited_number_of_times(use_case: type) -> None:
    assert [use_case(tries) for tries in range(1, MAX_TRIES)] == [Outcome.APPLIED] * (MAX_TRIES - 1)
    with pytest.raises(ContentionError):
        use_case(None)


def test_an_opening_whose_conversation_disappears_may_be_delivered_again() -> None:
    with pytest.raises(ContentionError):
        CreateConversation(conversations=ContendedConversationRepository())(OPEN)
