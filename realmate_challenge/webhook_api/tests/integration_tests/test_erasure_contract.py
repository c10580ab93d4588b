"""`ConversationRepository.erase`, held by every implementation; and its cost on the database."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
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
from realmate_challenge.webhook_api.tests.support.threads import run_together


def conversation_in(given: Repositories) -> Conversation:
    """With two messages and an event that was refused."""
    conversation: Conversation = ConversationFactory.build()
    given.conversations.add(conversation)
    for message in MessageFactory.build_batch(2, conversation_id=conversation.id):
        given.messages.add(message, accept_late=False)
    keep_event_of(conversation.id, given)
    return conversation


def keep_event_of(conversation_id: UUID, given: Repositories) -> None:
    event = NewMessageFactory.build(conversation_id=conversation_id)
    given.unapplied_events.record(event, status=UnappliedStatus.REFUSED, reason='WHY')


def facts(given: Repositories, conversation_id: UUID) -> tuple[int | None, int]:
    transcript = given.conversations.read_page(conversation_id, offset=0, limit=10, newest_first=False)
    kept = given.unapplied_events.count_unapplied(UnappliedFilter(conversation_id=conversation_id))
    return (None if transcript is None else len(transcript.messages)), kept


def test_all_of_a_conversation_goes_and_nothing_of_another(repositories: Repositories) -> None:
    ours, theirs = conversation_in(repositories), conversation_in(repositories)

    repositories.conversations.erase(ours.id, CLOSED_AT)

    assert facts(repositories, ours.id) == (None, 0)
    assert facts(repositories, theirs.id) == (2, 1)
    with pytest.raises(ConversationErasedError):
        repositories.conversations.get(ours.id)


@pytest.mark.parametrize('accept_late', [False, True])
def test_an_erased_conversation_takes_nothing(repositories: Repositories, *, accept_late: bool) -> None:
    conversation = conversation_in(repositories)
    repositories.conversations.erase(conversation.id, CLOSED_AT)
    message = MessageFactory.build(conversation_id=conversation.id)

    assert not repositories.conversations.add(conversation)
    assert not repositories.conversations.close(conversation.id, CLOSED_AT)
    assert not repositories.messages.add(message, accept_late=accept_late)
    assert facts(repositories, conversation.id) == (None, 0)


def test_an_id_without_a_conversation_is_erased_too(repositories: Repositories) -> None:
    conversation_id = uuid4()
    keep_event_of(conversation_id, repositories)

    repositories.conversations.erase(conversation_id, CLOSED_AT)

    assert facts(repositories, conversation_id) == (None, 0)
    assert not repositories.conversations.add(ConversationFactory.build(id=conversation_id))


@pytest.mark.django_db
def test_only_the_id_and_the_time_of_the_first_erasure_are_left() -> None:
    given, erasures = in_database(), OrmConversationRepository()
    closed, unknown = conversation_in(given), uuid4()
    given.conversations.close(closed.id, CLOSED_AT)

    for number, conversation_id in enumerate((closed.id, unknown, closed.id)):
        erasures.erase(conversation_id, CLOSED_AT + timedelta(days=number))

    assert list(erasures.erasures()) == [(closed.id, CLOSED_AT), (unknown, CLOSED_AT + timedelta(days=1))]
    assert set(models.Conversation.with_tombstones.values_list('status', 'closed_at')) == {('ERASED', None)}
    for model in (models.Conversation, models.Message, models.MessageCount, models.UnappliedEvent):
        assert not model.objects.exists()


@pytest.mark.django_db
def test_the_cost_does_not_grow_with_the_history() -> None:
    """One statement a table: no message is fetched, and none is named in a parameter."""
    costs = []
    for messages in (1, 2000):
        conversation = ConversationRowFactory.create()
        message_rows(conversation, messages)
        with CaptureQueriesContext(connection) as statements:
            OrmConversationRepository().erase(conversation.id, CLOSED_AT)
        costs.append([(len(each['sql']) < 1000, each['sql'].split()[0]) for each in statements.captured_queries])

    assert costs[0] == costs[1]
    assert not models.Message.objects.exists()
    assert not models.MessageCount.objects.exists()


def messages_and_erasure(given: Repositories, conversation_id: UUID) -> list[Callable[[], object]]:
    messages = MessageFactory.build_batch(6, conversation_id=conversation_id)
    return [
        *(partial(given.messages.add, message, accept_late=False) for message in messages),
        partial(given.conversations.erase, conversation_id, CLOSED_AT),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_message_that_races_an_erasure_is_erased_too_or_not_stored() -> None:
    given = in_database()
    for _ in range(5):
        conversation = ConversationFactory.build()
        given.conversations.add(conversation)

        run_together(messages_and_erasure(given, conversation.id))

        assert not models.Message.objects.exists()
        assert not models.MessageCount.objects.exists()
