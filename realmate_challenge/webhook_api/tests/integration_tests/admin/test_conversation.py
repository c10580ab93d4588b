"""The page of a conversation: transcript and erasure."""

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.integration_tests.admin.conftest import client_of, count_statements
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import (
    CONVERSATIONS,
    MESSAGES,
    erasure_of,
    transcript_of,
)
from realmate_challenge.webhook_api.tests.support.factories import (
    OPENED_AT,
    ConversationRowFactory,
    MessageRowFactory,
    message_rows,
)

pytestmark = pytest.mark.django_db

HOSTILE = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</div></li></ol><style>*{display:none}</style>',
]
CONTENTS = [
    *HOSTILE,
    '{{ 7|add:7 }}{% csrf_token %} &lt;b&gt; &amp;amp;',
    'evil \u202etxt.exe \u202e never closed \x1b[31m red? \x07 \x7f',
    '\n  line\n\n  line',
]


def read(client: Client, conversation_id: UUID, **query: str) -> str:
    response = client.get(transcript_of(conversation_id), query)
    assert response.status_code == 200
    return response.content.decode()


def contents(html: str) -> list[str]:
    return [unescape(text) for text in re.findall(r'<div class="content" dir="auto">(.*?)</div>', html, re.DOTALL)]


def test_messages_are_in_order_of_time_grouped_by_day_and_by_author(reader: Client) -> None:
    conversation = ConversationRowFactory.create()
    for hours, direction in ((14, 'SENT'), (0, 'RECEIVED'), (13, 'RECEIVED'), (38, 'SENT'), (15, 'SENT')):
        MessageRowFactory.create(
            conversation=conversation,
            external_timestamp=OPENED_AT + timedelta(hours=hours),
            content=f'hour {hours}',
            direction=direction,
        )

    html = read(reader, conversation.id)
    expected = ['received turn', 'received', 'sent turn', 'sent', 'sent turn']

    assert contents(html) == ['hour 0', 'hour 13', 'hour 14', 'hour 15', 'hour 38']
    assert re.findall(r'<time datetime="[\d-]+">(.*?)<', html) == ['Feb. 21, 2025', 'Feb. 22, 2025', 'Feb. 23, 2025']
    assert re.findall(r'class="message (.*?)"', html) == expected


def test_first_page_has_the_newest_messages_and_others_are_linked(reader: Client) -> None:
    conversation = ConversationRowFactory.create()
    expected = [row.content for row in message_rows(conversation, 120)]

    newest, middle, oldest = (read(reader, conversation.id, page=number) for number in ('1', '2', '3'))

    assert [contents(page) for page in (oldest, middle, newest)] == [expected[:20], expected[20:70], expected[70:]]
    assert contents(read(reader, conversation.id)) == expected[70:]
    for page, links in ((newest, ['?page=2', '?page=3']), (middle, ['?page=1', '?page=3']), (oldest, ['?page=2', '?'])):
        assert all(f'href="{link}"' in page for link in links)
    for number in ('0', '4', 'x', '', '9' * 40):
        answer = reader.get(transcript_of(conversation.id), {'page': number})
        assert (answer.status_code, answer.headers['Location']) == (302, transcript_of(conversation.id))


def test_text_is_shown_exactly_and_never_runs(reader: Client) -> None:
    conversation = ConversationRowFactory.create()
    rows = message_rows(conversation, len(CONTENTS))
    for row, content in zip(rows, CONTENTS, strict=True):
        row.content = content
        row.save()

    page = read(reader, conversation.id)

    assert contents(page) == CONTENTS
    for html in (page, *(reader.get(url).content.decode() for url in (MESSAGES, f'{MESSAGES}{rows[0].id}/change/'))):
        assert not any(content in html for content in HOSTILE)


def test_number_of_statements_does_not_depend_on_the_number_of_messages(reader: Client) -> None:
    short, long = ConversationRowFactory.create_batch(2)
    message_rows(short, 1)
    message_rows(long, 700)

    urls = [transcript_of(short.id), transcript_of(long.id), f'{transcript_of(long.id)}?page=14']
    assert len({count_statements(reader, url) for url in urls}) == 1


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
