"""`NEW_MESSAGE`, by the event table of the wire contract."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from realmate_challenge.webhook_api.entities.conversation import (
    Conversation,
    ConversationClosedError,
    ConversationNotFoundError,
)
from realmate_challenge.webhook_api.entities.events import NewMessage, Outcome
from realmate_challenge.webhook_api.entities.message import Message, MessageAlreadyExistsError, MessageDirection
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT, NewMessageFactory
from realmate_challenge.webhook_api.tests.support.fakes import (
    ContendedConversationRepository,
    ContendedMessageRepository,
    Repositories,
)
from realmate_challenge.webhook_api.use_cases.contention import MAX_TRIES, ContentionError
from realmate_challenge.webhook_api.use_cases.create_message import CreateMessage


@pytest.fixture
def create_message(memory: Repositories) -> CreateMessage:
    return CreateMessage(conversations=memory.conversations, messages=memory.messages, accept_late=False)


@pytest.fixture
def stored(create_message: CreateMessage, open_conversation: Conversation) -> NewMessage:
    """The event of a message that is stored already."""
    event: NewMessage = NewMessageFactory.build(
        conversation_id=open_conversation.id, direction=MessageDirection.RECEIVED
    )
    create_message(event)
    return event


def message_of(event: NewMessage) -> Message:
    return Message(
        id=event.message_id,
        conversation_id=event.conversation_id,
        direction=event.direction,
        content=event.content,
        timestamp=event.timestamp,
    )


def test_an_open_conversation_takes_a_message(
    create_message: CreateMessage, memory: Repositories, open_conversation: Conversation
) -> None:
    event = NewMessageFactory.build(conversation_id=open_conversation.id)

    assert create_message(event) is Outcome.APPLIED
    assert memory.messages.get(event.message_id) == message_of(event)


def test_a_redelivery_changes_nothing(create_message: CreateMessage, memory: Repositories, stored: NewMessage) -> None:
    assert create_message(replace(stored)) is Outcome.REDELIVERED
    assert memory.messages.get(stored.message_id) == message_of(stored)


def test_a_redelivery_is_one_even_if_the_conversation_has_closed_since(
    create_message: CreateMessage, memory: Repositories, stored: NewMessage
) -> None:
    memory.conversations.close(stored.conversation_id, CLOSED_AT)

    assert create_message(stored) is Outcome.REDELIVERED


def test_an_unknown_conversation_is_not_found(create_message: CreateMessage, memory: Repositories) -> None:
    event = NewMessageFactory.build()

    with pytest.raises(ConversationNotFoundError) as caught:
        create_message(event)

    assert caught.value.conversation_id == event.conversation_id
    assert memory.messages.get(event.message_id) is None


def test_a_closed_conversation_refuses(
    create_message: CreateMessage, memory: Repositories, closed_conversation: Conversation
) -> None:
    event = NewMessageFactory.build(conversation_id=closed_conversation.id)

    with pytest.raises(ConversationClosedError) as caught:
        create_message(event)

    assert caught.value.conversation_id == closed_conversation.id
    assert memory.messages.get(event.message_id) is None


@pytest.mark.parametrize(
    'change',
    [
        lambda event: replace(event, content=f'{event.content} '),
        lambda event: replace(event, direction=MessageDirection.SENT),
        lambda event: replace(event, timestamp=event.timestamp + timedelta(microseconds=1)),
        lambda event: replace(event, conversation_id=uuid4()),
    ],
    ids=['content', 'direction', 'timestamp', 'conversation'],
)
@pytest.mark.parametrize('closed', [False, True])
def test_a_known_id_with_anything_else_is_a_conflict(
    create_message: CreateMessage,
    memory: Repositories,
    stored: NewMessage,
    *,
    change: Callable[[NewMessage], NewMessage],
    closed: bool,
) -> None:
    if closed:
        memory.conversations.close(stored.conversation_id, CLOSED_AT)

    with pytest.raises(MessageAlreadyExistsError) as caught:
        create_message(change(stored))

    assert caught.value.message_id == stored.message_id
    assert memory.messages.get(stored.message_id) == message_of(stored)


def test_late_messages_are_taken_where_they_count(memory: Repositories, closed_conversation: Conversation) -> None:
    create_message = CreateMessage(conversations=memory.conversations, messages=memory.messages, accept_late=True)
    late = NewMessageFactory.build(conversation_id=closed_conversation.id, timestamp=CLOSED_AT - timedelta(seconds=1))
    too_late = NewMessageFactory.build(conversation_id=closed_conversation.id, timestamp=CLOSED_AT)

    assert create_message(late) is Outcome.APPLIED
    with pytest.raises(ConversationClosedError):
        create_message(too_late)


@pytest.mark.parametrize('blocked', range(1, MAX_TRIES))
def test_a_lost_race_is_tried_again(open_conversation: Conversation, blocked: int) -> None:
    contended = CreateMessage(
        conversations=ContendedConversationRepository(open_conversation),
        messages=ContendedMessageRepository(blocked),
        accept_late=False,
    )

    assert contended(NewMessageFactory.build(conversation_id=open_conversation.id)) is Outcome.APPLIED


def test_blocked_at_each_write_and_free_at_each_look_gives_up(open_conversation: Conversation) -> None:
    contended = CreateMessage(
        conversations=ContendedConversationRepository(open_conversation),
        messages=ContendedMessageRepository(),
        accept_late=False,
    )

    with pytest.raises(ContentionError):
        contended(NewMessageFactory.build(conversation_id=open_conversation.id))
