"""`NEW_CONVERSATION`, by the event table of the wire contract."""

from datetime import timedelta

import pytest

from realmate_challenge.webhook_api.entities.conversation import Conversation, ConversationAlreadyExistsError
from realmate_challenge.webhook_api.entities.events import Outcome
from realmate_challenge.webhook_api.tests.support.factories import NewConversationFactory
from realmate_challenge.webhook_api.tests.support.fakes import ContendedConversationRepository, Repositories
from realmate_challenge.webhook_api.use_cases.contention import ContentionError
from realmate_challenge.webhook_api.use_cases.create_conversation import CreateConversation


@pytest.fixture
def create_conversation(memory: Repositories) -> CreateConversation:
    return CreateConversation(conversations=memory.conversations)


def test_an_unknown_id_opens_a_conversation(create_conversation: CreateConversation, memory: Repositories) -> None:
    event = NewConversationFactory.build()

    assert create_conversation(event) is Outcome.APPLIED
    assert memory.conversations.get(event.conversation_id) == Conversation(
        id=event.conversation_id, opened_at=event.timestamp
    )


def test_a_redelivery_changes_nothing(
    create_conversation: CreateConversation, memory: Repositories, closed_conversation: Conversation
) -> None:
    event = NewConversationFactory.build(
        conversation_id=closed_conversation.id, timestamp=closed_conversation.opened_at
    )

    assert create_conversation(event) is Outcome.REDELIVERED
    assert memory.conversations.get(event.conversation_id) == closed_conversation


def test_another_timestamp_is_a_conflict(
    create_conversation: CreateConversation, memory: Repositories, open_conversation: Conversation
) -> None:
    later = open_conversation.opened_at + timedelta(microseconds=1)

    with pytest.raises(ConversationAlreadyExistsError) as caught:
        create_conversation(NewConversationFactory.build(conversation_id=open_conversation.id, timestamp=later))

    assert caught.value.conversation_id == open_conversation.id
    assert memory.conversations.get(open_conversation.id) == open_conversation


def test_a_copy_that_won_the_race_makes_this_one_a_redelivery(open_conversation: Conversation) -> None:
    contended = CreateConversation(conversations=ContendedConversationRepository(open_conversation))
    event = NewConversationFactory.build(conversation_id=open_conversation.id, timestamp=open_conversation.opened_at)

    assert contended(event) is Outcome.REDELIVERED


def test_a_row_that_was_deleted_by_hand_meanwhile_is_no_conflict() -> None:
    with pytest.raises(ContentionError):
        CreateConversation(conversations=ContendedConversationRepository(None))(NewConversationFactory.build())
