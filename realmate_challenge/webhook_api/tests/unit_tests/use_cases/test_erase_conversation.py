"""`EraseConversation`."""

from uuid import uuid4

import pytest

from realmate_challenge.webhook_api.entities.conversation import ConversationNotFoundError
from realmate_challenge.webhook_api.tests.factories import ConversationFactory
from realmate_challenge.webhook_api.tests.fakes import InMemoryStore
from realmate_challenge.webhook_api.tests.fakes.erasures import InMemoryErasureRepository
from realmate_challenge.webhook_api.use_cases.erase_conversation import EraseConversation


def test_a_conversation_goes() -> None:
    store, conversation = InMemoryStore(), ConversationFactory.build()
    store.conversations[conversation.id] = conversation

    EraseConversation(erasures=InMemoryErasureRepository(store))(conversation.id)

    assert store.conversations == {}


def test_what_is_not_there_is_named() -> None:
    unknown = uuid4()

    with pytest.raises(ConversationNotFoundError, match=str(unknown)):
        EraseConversation(erasures=InMemoryErasureRepository())(unknown)
