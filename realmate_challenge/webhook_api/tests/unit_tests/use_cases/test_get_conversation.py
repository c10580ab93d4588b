"""Reading a page of a conversation."""

from uuid import uuid4

import pytest

from realmate_challenge.shared.errors import PageNotFoundError
from realmate_challenge.shared.pagination import PageRequest
from realmate_challenge.webhook_api.entities.conversation import Conversation, ConversationNotFoundError
from realmate_challenge.webhook_api.entities.message import Message
from realmate_challenge.webhook_api.tests.support.factories import MessageFactory, sent_at
from realmate_challenge.webhook_api.tests.support.fakes import Repositories
from realmate_challenge.webhook_api.use_cases.get_conversation import GetConversation


@pytest.fixture
def get_conversation(memory: Repositories) -> GetConversation:
    return GetConversation(transcripts=memory.transcripts)


@pytest.fixture
def five_messages(memory: Repositories, open_conversation: Conversation) -> list[Message]:
    messages: list[Message] = [
        MessageFactory.build(conversation_id=open_conversation.id, timestamp=sent_at(number)) for number in range(5)
    ]
    for message in messages:
        memory.messages.add(message, accept_late=False)
    return messages


@pytest.mark.parametrize(('number', 'start', 'stop'), [(1, 0, 2), (2, 2, 4), (3, 4, 5)])
def test_a_page_is_its_part_of_the_messages(
    get_conversation: GetConversation, five_messages: list[Message], number: int, start: int, stop: int
) -> None:
    page = PageRequest(number=number, size=2)

    transcript = get_conversation(five_messages[0].conversation_id, page, newest_first=False)

    assert transcript.messages == five_messages[start:stop]
    assert transcript.message_count == 5


def test_newest_first(get_conversation: GetConversation, five_messages: list[Message]) -> None:
    transcript = get_conversation(five_messages[0].conversation_id, PageRequest(size=2), newest_first=True)

    assert transcript.messages == five_messages[:-3:-1]


def test_the_first_page_exists_even_when_it_is_empty(
    get_conversation: GetConversation, open_conversation: Conversation
) -> None:
    transcript = get_conversation(open_conversation.id, PageRequest(), newest_first=False)

    assert (transcript.conversation, transcript.messages) == (open_conversation, [])


@pytest.mark.parametrize('number', [4, 10**8])
def test_a_page_after_the_last_is_not_found(
    get_conversation: GetConversation, five_messages: list[Message], number: int
) -> None:
    with pytest.raises(PageNotFoundError, match=str(number)):
        get_conversation(five_messages[0].conversation_id, PageRequest(number=number, size=2), newest_first=False)


def test_an_unknown_conversation_is_not_found(get_conversation: GetConversation) -> None:
    with pytest.raises(ConversationNotFoundError):
        get_conversation(uuid4(), PageRequest(number=7), newest_first=False)
