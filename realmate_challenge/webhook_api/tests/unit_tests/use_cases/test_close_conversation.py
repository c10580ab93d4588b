"""`CLOSE_CONVERSATION`, by the event table of the wire contract."""

from dataclasses import replace
from datetime import timedelta

import pytest

from realmate_challenge.shared.errors import UnavailableError
from realmate_challenge.webhook_api.entities.conversation import (
    Conversation,
    ConversationClosedError,
    ConversationNotFoundError,
)
from realmate_challenge.webhook_api.entities.events import Outcome
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT, CloseConversationFactory
from realmate_challenge.webhook_api.tests.support.fakes import ContendedConversationRepository, Repositories
from realmate_challenge.webhook_api.use_cases.close_conversation import CloseConversation
from realmate_challenge.webhook_api.use_cases.contention import MAX_TRIES, ContentionError


@pytest.fixture
def close_conversation(memory: Repositories) -> CloseConversation:
    return CloseConversation(conversations=memory.conversations)


def test_an_open_conversation_is_closed_at_the_time_of_the_event(
    close_conversation: CloseConversation, memory: Repositories, open_conversation: Conversation
) -> None:
    event = CloseConversationFactory.build(conversation_id=open_conversation.id)

    assert close_conversation(event) is Outcome.APPLIED
    assert memory.conversations.get(open_conversation.id) == replace(open_conversation, closed_at=event.timestamp)


def test_a_redelivery_changes_nothing(
    close_conversation: CloseConversation, memory: Repositories, closed_conversation: Conversation
) -> None:
    event = CloseConversationFactory.build(conversation_id=closed_conversation.id, timestamp=CLOSED_AT)

    assert close_conversation(event) is Outcome.REDELIVERED
    assert memory.conversations.get(closed_conversation.id) == closed_conversation


@pytest.mark.parametrize('microseconds', [-1, 1])
def test_another_timestamp_is_refused(
    close_conversation: CloseConversation, memory: Repositories, closed_conversation: Conversation, microseconds: int
) -> None:
    other = CLOSED_AT + timedelta(microseconds=microseconds)

    with pytest.raises(ConversationClosedError) as caught:
        close_conversation(CloseConversationFactory.build(conversation_id=closed_conversation.id, timestamp=other))

    assert caught.value.conversation_id == closed_conversation.id
    assert memory.conversations.get(closed_conversation.id) == closed_conversation


def test_an_unknown_conversation_is_not_found(close_conversation: CloseConversation) -> None:
    event = CloseConversationFactory.build()

    with pytest.raises(ConversationNotFoundError) as caught:
        close_conversation(event)

    assert caught.value.conversation_id == event.conversation_id


@pytest.mark.parametrize('blocked', range(1, MAX_TRIES))
def test_a_lost_race_is_tried_again(open_conversation: Conversation, blocked: int) -> None:
    contended = CloseConversation(conversations=ContendedConversationRepository(open_conversation, blocked))

    assert contended(CloseConversationFactory.build(conversation_id=open_conversation.id)) is Outcome.APPLIED


def test_blocked_at_each_write_and_free_at_each_look_gives_up(open_conversation: Conversation) -> None:
    contended = CloseConversation(conversations=ContendedConversationRepository(open_conversation))

    with pytest.raises(ContentionError) as caught:
        contended(CloseConversationFactory.build(conversation_id=open_conversation.id))

    assert isinstance(caught.value, UnavailableError)
    assert str(open_conversation.id) in str(caught.value)
