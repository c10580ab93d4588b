"""`ListConversations`."""

import pytest

from realmate_challenge.shared.errors import PageNotFoundError
from realmate_challenge.shared.pagination import PageRequest
from realmate_challenge.webhook_api.entities.conversation_list import ConversationFilter
from realmate_challenge.webhook_api.tests.support.factories import ConversationFactory
from realmate_challenge.webhook_api.tests.support.fakes import InMemoryStore
from realmate_challenge.webhook_api.tests.support.fakes.conversation_lists import InMemoryConversationListRepository
from realmate_challenge.webhook_api.use_cases.list_conversations import ListConversations


def over(conversations: int) -> ListConversations:
    store = InMemoryStore()
    for conversation in ConversationFactory.build_batch(conversations):
        store.conversations[conversation.id] = conversation
    return ListConversations(conversation_lists=InMemoryConversationListRepository(store))


def sizes(use_case: ListConversations, number: int) -> tuple[int, int]:
    found = use_case(ConversationFilter(), PageRequest(number=number, size=2), newest_first=True)
    return found.count, len(found.summaries)


def test_pages() -> None:
    assert [sizes(over(3), number) for number in (1, 2)] == [(3, 2), (3, 1)]


def test_the_first_page_exists_even_when_it_is_empty() -> None:
    assert sizes(over(0), 1) == (0, 0)


@pytest.mark.parametrize(('conversations', 'number'), [(0, 2), (2, 2), (3, 3)])
def test_a_page_beyond_the_last_is_none(conversations: int, number: int) -> None:
    with pytest.raises(PageNotFoundError):
        sizes(over(conversations), number)
