"""`TranscriptRepository`, held by every implementation."""

from datetime import timedelta
from random import Random
from uuid import UUID, uuid4

import pytest

from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.message import Message
from realmate_challenge.webhook_api.entities.transcript import Transcript
from realmate_challenge.webhook_api.tests.support.factories import (
    CLOSED_AT,
    OPENED_AT,
    ConversationFactory,
    MessageFactory,
    sent_at,
)
from realmate_challenge.webhook_api.tests.support.fakes import Repositories


def conversation_with(repositories: Repositories, messages: list[Message]) -> Conversation:
    """Stores the messages in any order but their own."""
    conversation = ConversationFactory.build(id=messages[0].conversation_id)
    repositories.conversations.add(conversation)
    for message in Random(1).sample(messages, len(messages)):
        repositories.messages.add(message, accept_late=False)
    return conversation


def seconds_apart(count: int) -> list[Message]:
    conversation_id = uuid4()
    return [MessageFactory.build(conversation_id=conversation_id, timestamp=sent_at(number)) for number in range(count)]


def read(
    repositories: Repositories, conversation_id: UUID, *, offset: int = 0, limit: int = 100, newest_first: bool = False
) -> Transcript:
    transcript = repositories.transcripts.read(conversation_id, offset=offset, limit=limit, newest_first=newest_first)
    assert transcript is not None
    return transcript


def test_an_unknown_conversation_is_none(repositories: Repositories) -> None:
    conversation_with(repositories, seconds_apart(1))

    assert repositories.transcripts.read(uuid4(), offset=0, limit=10, newest_first=False) is None


def test_a_conversation_without_messages(repositories: Repositories) -> None:
    conversation = ConversationFactory.build()
    repositories.conversations.add(conversation)

    assert read(repositories, conversation.id) == Transcript(conversation=conversation, message_count=0, messages=[])


def test_a_closed_conversation_says_when(repositories: Repositories) -> None:
    conversation = conversation_with(repositories, seconds_apart(1))
    repositories.conversations.close(conversation.id, CLOSED_AT)

    assert read(repositories, conversation.id).conversation.closed_at == CLOSED_AT


def test_messages_come_by_timestamp(repositories: Repositories) -> None:
    messages = seconds_apart(7)
    conversation = conversation_with(repositories, messages)

    assert read(repositories, conversation.id) == Transcript(
        conversation=conversation, message_count=7, messages=messages
    )
    assert read(repositories, conversation.id, newest_first=True).messages == messages[::-1]


def test_a_microsecond_is_enough_to_order(repositories: Repositories) -> None:
    conversation_id = uuid4()
    messages = [
        MessageFactory.build(conversation_id=conversation_id, timestamp=OPENED_AT + timedelta(microseconds=number))
        for number in range(5)
    ]
    conversation_with(repositories, messages)

    assert read(repositories, conversation_id).messages == messages


@pytest.mark.parametrize('newest_first', [False, True])
def test_ties_are_in_the_order_of_their_ids_so_that_pages_never_overlap(
    repositories: Repositories, *, newest_first: bool
) -> None:
    ids = [UUID(int=Random(number).getrandbits(128)) for number in range(9)]
    conversation_id = uuid4()
    messages = [
        MessageFactory.build(id=message_id, conversation_id=conversation_id, timestamp=OPENED_AT) for message_id in ids
    ]
    conversation_with(repositories, messages)

    pages = [
        read(repositories, conversation_id, offset=offset, limit=2, newest_first=newest_first).messages
        for offset in range(0, 10, 2)
    ]

    assert [message.id for page in pages for message in page] == sorted(ids, reverse=newest_first)


@pytest.mark.parametrize(
    ('offset', 'limit', 'numbers'), [(0, 3, [0, 1, 2]), (3, 3, [3, 4, 5]), (6, 3, [6]), (7, 3, []), (10**10, 100, [])]
)
def test_a_window_on_the_messages(repositories: Repositories, offset: int, limit: int, numbers: list[int]) -> None:
    messages = seconds_apart(7)
    conversation = conversation_with(repositories, messages)

    transcript = read(repositories, conversation.id, offset=offset, limit=limit)

    assert transcript.messages == [messages[number] for number in numbers]
    assert transcript.message_count == 7


def test_other_conversations_do_not_matter(repositories: Repositories) -> None:
    ours, theirs = seconds_apart(3), seconds_apart(4)
    conversation = conversation_with(repositories, ours)
    conversation_with(repositories, theirs)

    transcript = read(repositories, conversation.id)

    assert (transcript.message_count, transcript.messages) == (3, ours)
