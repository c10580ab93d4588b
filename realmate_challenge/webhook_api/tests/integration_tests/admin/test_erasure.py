"""Erase a conversation."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.integration_tests.admin.conftest import client_of
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import CONVERSATIONS, erasure_of, transcript_of
from realmate_challenge.webhook_api.tests.support.factories import ConversationRowFactory, message_rows


@pytest.mark.django_db
def test_erasure_asks_for_confirmation_removes_the_conversation_and_is_logged() -> None:
    erased, other = ConversationRowFactory.create_batch(2)
    for conversation in (erased, other):
        message_rows(conversation, 3)
    client = client_of('eraser', 'view_conversation', 'delete_conversation')

    assert erasure_of(erased.id) in client.get(transcript_of(erased.id)).content.decode()
    with CaptureQueriesContext(connection) as statements:
        question = client.get(erasure_of(erased.id)).content.decode()
        assert models.Message.objects.count() == 6
        answer = client.post(erasure_of(erased.id), {'post': 'yes'})

    for part in ('Are you sure', 'Messages: 3', 'Unapplied events: 0'):
        assert part in question
    assert (answer.status_code, answer.headers['Location']) == (302, CONVERSATIONS)
    assert set(models.Message.objects.values_list('conversation_id', flat=True)) == {other.id}
    assert LogEntry.objects.get().object_repr == str(erased.id)
    # Loading the messages of a long conversation would take too much memory.
    assert not [each['sql'] for each in statements.captured_queries if '"content"' in each['sql']]
    for query in ({}, {'q': str(erased.id)}, {'status__exact': 'ERASED'}):
        rows = client.get(CONVERSATIONS, query).context['cl'].result_list
        assert [row.pk for row in rows] == ([] if query else [other.id])
    for url in (transcript_of(erased.id), erasure_of(erased.id)):
        assert client.get(url).status_code == 302
