"""Erasing a conversation: it asks, it says what goes, it goes, and it stays cheap."""

import tracemalloc

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus
from realmate_challenge.webhook_api.tests.integration_tests.admin.conftest import client_of
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import CONVERSATIONS, erasure_of, transcript_of
from realmate_challenge.webhook_api.tests.support.factories import (
    CLOSED_AT,
    ConversationRowFactory,
    MessageRowFactory,
    NewMessageFactory,
    message_rows,
)
from realmate_challenge.webhook_api.tests.support.fakes import in_database
from realmate_challenge.webhook_api.tests.support.many_conversations import make_many_messages

pytestmark = pytest.mark.django_db

MANY = 50_000
MEGABYTE = 2**20


def test_it_asks_first_and_says_what_goes(operator: Client) -> None:
    conversation = ConversationRowFactory.create()
    message_rows(conversation, 3)
    event = NewMessageFactory.build(conversation_id=conversation.id)
    in_database().unapplied_events.record(event, status=UnappliedStatus.REFUSED, reason='WHY')

    page = operator.get(erasure_of(conversation.id)).content.decode()

    assert 'Are you sure' in page
    assert 'Messages: 3' in page
    assert 'Unapplied events: 1' in page
    assert models.Message.objects.count() == 3


def test_everything_of_the_conversation_goes_and_the_deed_is_logged(operator: Client) -> None:
    conversation, other = ConversationRowFactory.create_batch(2)
    for each in (conversation, other):
        message_rows(each, 2)
        event = NewMessageFactory.build(conversation_id=each.id)
        in_database().unapplied_events.record(event, status=UnappliedStatus.REFUSED, reason='WHY')

    response = operator.post(erasure_of(conversation.id), {'post': 'yes'})

    assert (response.status_code, response.headers['Location']) == (302, CONVERSATIONS)
    assert set(models.Conversation.objects.values_list('id', flat=True)) == {other.id}
    assert set(models.Message.objects.values_list('conversation_id', flat=True)) == {other.id}
    assert set(models.UnappliedEvent.objects.values_list('conversation_id', flat=True)) == {other.id}
    assert LogEntry.objects.get().object_repr == str(conversation.id)


def test_an_erased_conversation_is_neither_listed_nor_found_nor_shown(operator: Client) -> None:
    erased, other = ConversationRowFactory.create_batch(2)
    in_database().conversations.erase(erased.id, CLOSED_AT)

    for query in ({}, {'q': str(erased.id)}, {'status__exact': 'ERASED'}):
        rows = operator.get(CONVERSATIONS, query).context['cl'].result_list
        assert [row.pk for row in rows] == ([] if query else [other.id])
    for url in (transcript_of(erased.id), erasure_of(erased.id)):
        assert operator.get(url).status_code == 302


def test_it_takes_a_permission_of_its_own() -> None:
    message = MessageRowFactory.create()
    eraser = client_of('eraser', 'view_conversation', 'delete_conversation')

    assert erasure_of(message.conversation_id) in eraser.get(transcript_of(message.conversation_id)).content.decode()
    assert eraser.post(erasure_of(message.conversation_id), {'post': 'yes'}).status_code == 302
    assert not models.Message.objects.exists()


def test_fifty_thousand_messages_cost_no_more_than_one(operator: Client) -> None:
    small, large = ConversationRowFactory.create_batch(2)
    message_rows(small, 1)
    make_many_messages(large, MANY)
    costs = []
    for conversation in (small, large):
        tracemalloc.start()
        with CaptureQueriesContext(connection) as statements:
            operator.get(erasure_of(conversation.id))
            operator.post(erasure_of(conversation.id), {'post': 'yes'})
        costs.append(len(statements))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 10 * MEGABYTE

    assert costs[0] == costs[1]
    assert not models.Message.objects.exists()
