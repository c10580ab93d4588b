"""A conversation in memory, in each of the states that events meet."""

import pytest

from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT, ConversationFactory
from realmate_challenge.webhook_api.tests.support.fakes import Repositories


@pytest.fixture
def open_conversation(memory: Repositories) -> Conversation:
    conversation: Conversation = ConversationFactory.build()
    memory.conversations.add(conversation)
    return conversation


@pytest.fixture
def closed_conversation(memory: Repositories, open_conversation: Conversation) -> Conversation:
    memory.conversations.close(open_conversation.id, CLOSED_AT)
    return ConversationFactory.build(id=open_conversation.id, closed_at=CLOSED_AT)
