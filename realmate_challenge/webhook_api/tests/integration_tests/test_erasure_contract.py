"""`ErasureRepository`, held by every implementation; and its cost on the database."""

from dataclasses import dataclass
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.contracts.repositories.erasures import ErasureRepository
from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedFilter, UnappliedStatus
from realmate_challenge.webhook_api.repositories.erasures import OrmErasureRepository
from realmate_challenge.webhook_api.tests.factories import (
    ConversationFactory,
    ConversationRowFactory,
    MessageFactory,
    NewMessageFactory,
    message_rows,
)
from realmate_challenge.webhook_api.tests.fakes import InMemoryStore, Repositories, in_database, in_memory
from realmate_challenge.webhook_api.tests.fakes.erasures import InMemoryErasureRepository
from realmate_challenge.webhook_api.tests.threads import run_together


@dataclass(frozen=True, slots=True)
class Erasable:
    given: Repositories
    erasures: ErasureRepository

    def conversation(self) -> Conversation:
        """With two messages and an event that was refused."""
        conversation = ConversationFactory.build()
        self.given.conversations.add(conversation)
        for message in MessageFactory.build_batch(2, conversation_id=conversation.id):
            self.given.messages.add(message, accept_late=False)
        event = NewMessageFactory.build(conversation_id=conversation.id)
        self.given.unapplied_events.record(event, b'{}', status=UnappliedStatus.REFUSED, reason='WHY')
        return conversation

    def facts(self, conversation: Conversation) -> tuple[int | None, int]:
        transcript = self.given.transcripts.read(conversation.id, offset=0, limit=10, newest_first=False)
        kept = self.given.unapplied_events.count_unapplied(UnappliedFilter(conversation_id=conversation.id))
        return (None if transcript is None else len(transcript.messages)), kept


@pytest.fixture(params=['in memory', pytest.param('in database', marks=pytest.mark.django_db)])
def erasable(request: pytest.FixtureRequest) -> Erasable:
    if request.param == 'in database':
        return Erasable(in_database(), OrmErasureRepository())
    store = InMemoryStore()
    return Erasable(in_memory(store), InMemoryErasureRepository(store))


def test_all_of_a_conversation_goes_and_nothing_of_another(erasable: Erasable) -> None:
    ours, theirs = erasable.conversation(), erasable.conversation()

    assert erasable.erasures.erase(ours.id)

    assert erasable.facts(ours) == (None, 0)
    assert erasable.facts(theirs) == (2, 1)


def test_only_one_call_erases(erasable: Erasable) -> None:
    conversation = erasable.conversation()

    assert [erasable.erasures.erase(conversation.id) for _ in range(2)] == [True, False]
    assert not erasable.erasures.erase(uuid4())


@pytest.mark.django_db
def test_the_cost_does_not_grow_with_the_history() -> None:
    """One statement a table: no message is fetched, and none is named in a parameter."""
    costs = []
    for messages in (1, 2000):
        conversation = ConversationRowFactory.create()
        message_rows(conversation, messages)
        with CaptureQueriesContext(connection) as statements:
            OrmErasureRepository().erase(conversation.id)
        costs.append([(len(each['sql']) < 1000, each['sql'].split()[0]) for each in statements.captured_queries])

    assert costs[0] == costs[1]
    assert not models.Message.objects.exists()
    assert not models.MessageCount.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_message_that_races_an_erasure_is_erased_too_or_not_stored() -> None:
    given, erasures = in_database(), OrmErasureRepository()
    for _ in range(5):
        conversation = ConversationFactory.build()
        given.conversations.add(conversation)
        messages = MessageFactory.build_batch(6, conversation_id=conversation.id)

        run_together(
            [
                *(partial(given.messages.add, message, accept_late=False) for message in messages),
                partial(erasures.erase, conversation.id),
            ]
        )

        assert given.conversations.get(conversation.id) is None
        assert not models.Message.objects.exists()
        assert not models.MessageCount.objects.exists()
