"""The page of a conversation: its transcript."""

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from realmate_challenge.webhook_api.entities.message import MessageDirection
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import MESSAGES, transcript_of
from realmate_challenge.webhook_api.tests.support.factories import (
    OPENED_AT,
    ConversationRowFactory,
    MessageRowFactory,
    message_rows,
)

HOSTILE = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</div></li></ol><style>*{display:none}</style>',
]
CONTENTS = [
    *HOSTILE,
    '{{ 7|add:7 }}{% csrf_token %}',
    '&lt;b&gt; &amp;amp;',
    'evil \u202etxt.exe \u202e never closed',
    '\x1b[31m red? \x07 \x7f',
    '  leading',
    '\nline\n\n  line',
    'مرحبا 👩‍👩‍👧',
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
            direction=MessageDirection(direction),
        )

    html = read(reader, conversation.id)

    assert contents(html) == ['hour 0', 'hour 13', 'hour 14', 'hour 15', 'hour 38']
    assert re.findall(r'<time datetime="[\d-]+">(.*?)<', html) == ['Feb. 21, 2025', 'Feb. 22, 2025', 'Feb. 23, 2025']
    assert re.findall(r'class="message (\w+)( turn)?"', html) == [
        ('received', ' turn'),
        ('received', ''),
        ('sent', ' turn'),
        ('sent', ''),
        ('sent', ' turn'),
    ]


def test_first_page_has_the_newest_messages_and_pages_are_linked(reader: Client) -> None:
    conversation = ConversationRowFactory.create()
    expected = [row.content for row in message_rows(conversation, 120)]

    newest, middle, oldest = (read(reader, conversation.id, page=number) for number in ('1', '2', '3'))

    assert [contents(page) for page in (oldest, middle, newest)] == [expected[:20], expected[20:70], expected[70:]]
    assert contents(read(reader, conversation.id)) == expected[70:]
    for page, links in ((newest, ['?page=2', '?page=3']), (middle, ['?page=1', '?page=3']), (oldest, ['?page=2', '?'])):
        assert all(f'href="{link}"' in page for link in links)


@pytest.mark.parametrize('page', ['0', '3', 'x', '', '9' * 40])
def test_page_that_does_not_exist_redirects_to_the_newest(reader: Client, page: str) -> None:
    conversation = ConversationRowFactory.create()
    message_rows(conversation, 60)

    response = reader.get(transcript_of(conversation.id), {'page': page})

    assert (response.status_code, response.headers['Location']) == (302, transcript_of(conversation.id))


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


def test_policy_allows_only_files_of_the_service(reader: Client) -> None:
    policy = reader.get(transcript_of(ConversationRowFactory.create().id)).headers['Content-Security-Policy']

    assert "default-src 'self'" in policy
    assert 'unsafe' not in policy


def test_number_of_statements_does_not_depend_on_the_number_of_messages(reader: Client) -> None:
    costs = []
    for messages, page in ((1, '1'), (700, '1'), (700, '14')):
        conversation = ConversationRowFactory.create()
        message_rows(conversation, messages)
        with CaptureQueriesContext(connection) as statements:
            read(reader, conversation.id, page=page)
        costs.append(len(statements))

    assert costs[0] == costs[1] == costs[2] <= 10
