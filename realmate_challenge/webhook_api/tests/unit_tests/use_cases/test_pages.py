from uuid import uuid4

import pytest

from realmate_challenge.shared.errors import PageNotFoundError
from realmate_challenge.shared.pagination import PageRequest
from realmate_challenge.webhook_api.entities.conversation import ConversationNotFoundError
from realmate_challenge.webhook_api.entities.pages import ConversationFilter
from realmate_challenge.webhook_api.tests.support.factories import ConversationFactory, MessageFactory
from realmate_challenge.webhook_api.tests.support.fakes import Repositories
from realmate_challenge.webhook_api.use_cases.read_conversations import GetConversation, ListConversations


@pytest.mark.parametrize(('rows', 'pages'), [(0, [0]), (2, [2]), (5, [2, 2, 1])])
def test_a_page_after_the_last_one_does_not_exist(memory: Repositories, rows: int, pages: list[int]) -> None:
    conversation, *_ = ConversationFactory.build_batch(max(rows, 1))
    memory.conversations.add(conversation)
    for message in MessageFactory.build_batch(rows, conversation_id=conversation.id):
        memory.messages.add(message, accept_late=False)
    get = GetConversation(conversations=memory.conversations)

    def messages(number: int) -> int:
        return len(get(conversation.id, PageRequest(number=number, size=2), newest_first=False).messages)

    assert [messages(number) for number in range(1, len(pages) + 1)] == pages
    for number in (len(pages) + 1, 10**8):
        with pytest.raises(PageNotFoundError, match=str(number)):
            messages(number)


@pytest.mark.parametrize(('rows', 'pages'), [(0, [0]), (2, [2]), (5, [2, 2, 1])])
def test_a_page_of_the_list_after_the_last_one_does_not_exist(
    memory: Repositories, rows: int, pages: list[int]
) -> None:
    for conversation in ConversationFactory.build_batch(rows):
        memory.conversations.add(conversation)
    list_conversations = ListConversations(conversations=memory.conversations)

    def conversations(number: int) -> int:
        page = PageRequest(number=number, size=2)
        return len(list_conversations(ConversationFilter(), page, newest_first=True).summaries)

    assert [conversations(number) for number in range(1, len(pages) + 1)] == pages
    with pytest.raises(PageNotFoundError):
        conversations(len(pages) + 1)


def test_an_unknown_conversation_has_no_page(memory: Repositories) -> None:
    with pytest.raises(ConversationNotFoundError):
        GetConversation(conversations=memory.conversations)(uuid4(), PageRequest(number=7), newest_first=False)
