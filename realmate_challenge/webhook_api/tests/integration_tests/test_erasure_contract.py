from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import Conversation, ConversationErasedError
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedFilter, UnappliedStatus
from realmate_challenge.webhook_api.repositories.conversations import OrmConversationRepository
from realmate_challenge.webhook_api.tests.support.factories import (
    CLOSED_AT,
    ConversationFactory,
    ConversationRowFactory,
    MessageFactory,
    NewMessageFactory,
    message_rows,
)
from realmate_challenge.webhook_api.tests.support.fakes import Repositories, in_database


def keep_event_of(conversation_id: UUID, repositories: Repositories) -> None:
    event = NewMessageFactory.build(conversation_id=conversation_id)
    repositories.unapplied_events.record(event, status=UnappliedStatus.REFUSED, reason='WHY')


def with_messages_and_event(repositories: Repositories) -> Conversation:
    """Add a conversation with two messages and a refused event."""
    conversation: Conversation = ConversationFactory.build()
    repositories.conversations.add(conversation)
    for message in MessageFactory.build_batch(2, conversation_id=conversation.id):
        repositories.messages.add(message, accept_late=False)
    keep_event_of(conversation.id, repositories)
    return conversation


def messages_and_events(repositories: Repositories, conversation_id: UUID) -> tuple[int | None, int]:
    transcript = repositories.conversations.read_page(conversation_id, offset=0, limit=10, newest_first=False)
    events = repositories.unapplied_events.count_unapplied(UnappliedFilter(conversation_id=conversation_id))
    return (None if transcript is None else len(transcript.messages)), events


@pytest.mark.parametrize('accept_late', [False, True])
def test_erased_conversation_is_gone_and_its_id_stays_taken(repositories: Repositories, *, accept_late: bool) -> None:
    erased, other = with_messages_and_event(repositories), with_messages_and_event(repositories)
    never_opened = ConversationFactory.build()
    keep_event_of(never_opened.id, repositories)

    for conversation in (erased, never_opened):
        repositories.conversations.erase(conversation.id, CLOSED_AT)

        late = MessageFactory.build(conversation_id=conversation.id)
        assert not repositories.conversations.add(conversation)
        assert not repositories.conversations.close(conversation.id, CLOSED_AT)
        assert not repositories.messages.add(late, accept_late=accept_late)
        assert messages_and_events(repositories, conversation.id) == (None, 0)
        with pytest.raises(ConversationErasedError):
            repositories.conversations.get(conversation.id)
    assert messages_and_events(repositories, other.id) == (2, 1)


@pytest.mark.django_db
def test_only_the_id_and_the_time_of_the_first_erasure_are_left() -> None:
    repositories, conversations = in_database(), OrmConversationRepository()
    closed, unknown = with_messages_and_event(repositories), uuid4()
    repositories.conversations.close(closed.id, CLOSED_AT)

    for days, conversation_id in enumerate((closed.id, unknown, closed.id)):
        conversations.erase(conversation_id, CLOSED_AT + timedelta(days))

    assert list(conversations.erasures()) == [(closed.id, CLOSED_AT), (unknown, CLOSED_AT + timedelta(days=1))]
    assert set(models.Conversation.with_tombstones.values_list('status', 'closed_at')) == {('ERASED', None)}
    for model in (models.Conversation, models.Message, models.MessageCount, models.UnappliedEvent):
        assert not model.objects.exists()


@pytest.mark.django_db
def test_cost_of_an_erasure_does_not_grow_with_the_history() -> None:
    """Each table takes one statement: no message is fetched, and none is named in a parameter."""
    costs = []
    for messages in (1, 2000):
        conversation = ConversationRowFactory.create()
        message_rows(conversation, messages)
        with CaptureQueriesContext(connection) as statements:
            OrmConversationRepository().erase(conversation.id, CLOSED_AT)
        costs.append([(len(each['sql']) < 1000, each['sql'].split()[0]) for each in statements.captured_queries])

    assert costs[0] == costs[1]
