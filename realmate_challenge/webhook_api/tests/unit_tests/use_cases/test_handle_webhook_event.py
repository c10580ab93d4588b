"""The entrance: each event goes to its use case, and what does not apply is kept."""

import pytest

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api.entities.conversation import Conversation, ConversationNotFoundError
from realmate_challenge.webhook_api.entities.events import CloseConversation, NewMessage, Outcome, WebhookEvent
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedFilter, UnappliedStatus
from realmate_challenge.webhook_api.tests.support.factories import (
    CLOSED_AT,
    OPENED_AT,
    CloseConversationFactory,
    NewConversationFactory,
    NewMessageFactory,
    sent_at,
)
from realmate_challenge.webhook_api.tests.support.fakes import Repositories
from realmate_challenge.webhook_api.use_cases.handle_webhook_event import HandleWebhookEvent


@pytest.fixture
def handle(memory: Repositories) -> HandleWebhookEvent:
    return memory.handle_webhook_event()


def kept(memory: Repositories) -> list[tuple[WebhookEvent, UnappliedStatus, str]]:
    return [
        (unapplied.event, unapplied.status, unapplied.reason)
        for unapplied in memory.unapplied_events.unapplied(UnappliedFilter())
    ]


def test_each_event_has_its_effect_and_nothing_is_kept(handle: HandleWebhookEvent, memory: Repositories) -> None:
    opening = NewConversationFactory.build()
    message = NewMessageFactory.build(conversation_id=opening.conversation_id)
    close = CloseConversationFactory.build(conversation_id=opening.conversation_id)

    assert [handle(event) for event in (opening, message, close)] == [Outcome.APPLIED] * 3
    assert [handle(event) for event in (opening, message, close)] == [Outcome.REDELIVERED] * 3

    transcript = memory.transcripts.read(opening.conversation_id, offset=0, limit=10, newest_first=False)
    assert transcript is not None
    assert transcript.conversation.closed_at == close.timestamp
    assert [stored.id for stored in transcript.messages] == [message.message_id]
    assert kept(memory) == []


@pytest.mark.parametrize('event', [NewMessageFactory.build(), CloseConversationFactory.build()])
def test_an_event_without_its_conversation_is_held(
    handle: HandleWebhookEvent, memory: Repositories, event: NewMessage | CloseConversation
) -> None:
    with pytest.raises(ConversationNotFoundError):
        handle(event)

    assert kept(memory) == [(event, UnappliedStatus.HELD, 'CONVERSATION_NOT_FOUND')]


def test_what_is_held_is_applied_when_the_conversation_opens(handle: HandleWebhookEvent, memory: Repositories) -> None:
    opening = NewConversationFactory.build()
    message = NewMessageFactory.build(conversation_id=opening.conversation_id, timestamp=sent_at(1))
    close = CloseConversationFactory.build(conversation_id=opening.conversation_id, timestamp=CLOSED_AT)
    for event in (close, message):
        with pytest.raises(ConversationNotFoundError):
            handle(event)

    assert handle(opening) is Outcome.APPLIED

    assert memory.messages.get(message.message_id) is not None
    conversation = memory.conversations.get(opening.conversation_id)
    assert conversation is not None
    assert conversation.closed_at == CLOSED_AT
    assert kept(memory) == []


def test_what_is_held_and_then_refused_does_not_trouble_the_opener(
    handle: HandleWebhookEvent, memory: Repositories
) -> None:
    opening = NewConversationFactory.build()
    close = CloseConversationFactory.build(conversation_id=opening.conversation_id, timestamp=OPENED_AT)
    message = NewMessageFactory.build(conversation_id=opening.conversation_id, timestamp=sent_at(1))
    for event in (message, close):
        with pytest.raises(ConversationNotFoundError):
            handle(event)

    assert handle(opening) is Outcome.APPLIED

    assert kept(memory) == [(message, UnappliedStatus.REFUSED, 'CONVERSATION_CLOSED')]


@pytest.mark.parametrize(
    ('kind', 'reason'),
    [('opening', 'CONVERSATION_ALREADY_EXISTS'), ('message', 'CONVERSATION_CLOSED'), ('close', 'CONVERSATION_CLOSED')],
)
def test_what_the_rules_refuse_is_recorded(
    handle: HandleWebhookEvent, memory: Repositories, closed_conversation: Conversation, kind: str, reason: str
) -> None:
    events: dict[str, WebhookEvent] = {
        'opening': NewConversationFactory.build(conversation_id=closed_conversation.id, timestamp=sent_at(3)),
        'message': NewMessageFactory.build(conversation_id=closed_conversation.id),
        'close': CloseConversationFactory.build(conversation_id=closed_conversation.id, timestamp=sent_at(3)),
    }

    with pytest.raises(DomainError) as caught:
        handle(events[kind])

    assert caught.value.code == reason
    assert kept(memory) == [(events[kind], UnappliedStatus.REFUSED, reason)]
    assert memory.conversations.get(closed_conversation.id) == closed_conversation


def test_a_redelivered_opening_looks_again_at_what_is_held(handle: HandleWebhookEvent, memory: Repositories) -> None:
    """The first delivery may have died between opening and looking."""
    opening = NewConversationFactory.build()
    message = NewMessageFactory.build(conversation_id=opening.conversation_id)
    with pytest.raises(ConversationNotFoundError):
        handle(message)
    memory.apply_event()(opening)

    assert handle(opening) is Outcome.REDELIVERED

    assert memory.messages.get(message.message_id) is not None
    assert kept(memory) == []


@pytest.mark.parametrize('accept_late', [False, True])
def test_late_messages(memory: Repositories, closed_conversation: Conversation, *, accept_late: bool) -> None:
    handle = memory.handle_webhook_event(accept_late=accept_late)
    event = NewMessageFactory.build(conversation_id=closed_conversation.id, timestamp=sent_at(0))

    if accept_late:
        assert handle(event) is Outcome.APPLIED
    else:
        with pytest.raises(DomainError):
            handle(event)
