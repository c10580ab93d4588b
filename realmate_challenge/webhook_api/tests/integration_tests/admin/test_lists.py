"""The lists of conversations and messages: columns, search, and cost."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.admin.base import ESTIMATE_FROM, EstimatingPaginator
from realmate_challenge.webhook_api.tests.integration_tests.admin.conftest import count_statements
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import CONVERSATIONS, MESSAGES
from realmate_challenge.webhook_api.tests.support.factories import (
    OPENED_AT,
    ConversationRowFactory,
    MessageRowFactory,
    message_rows,
)
from realmate_challenge.webhook_api.tests.support.many_conversations import COUNT, make_many_conversations

pytestmark = pytest.mark.django_db

ID = UUID('6a41b347-8d80-4ce9-84ba-7af66f369f6a')
OTHER_ID = UUID(int=ID.int ^ (1 << 127))


def listed(client: Client, url: str = CONVERSATIONS, **query: str) -> list[UUID]:
    return [row.pk for row in client.get(url, query).context['cl'].result_list]


def test_conversations_are_listed_newest_first_with_the_figures_of_their_messages(reader: Client) -> None:
    older = ConversationRowFactory.create(closed=True)
    newer = ConversationRowFactory.create(opened_at=OPENED_AT + timedelta(days=400))
    *_, last = message_rows(older, 7)

    page = reader.get(CONVERSATIONS)

    assert [(row.pk, row.message_count, row.last_message_at) for row in page.context['cl'].result_list] == [
        (newer.pk, 0, None),
        (older.pk, 7, last.external_timestamp),
    ]
    assert '<td class="field-message_count">7</td>' in page.content.decode()
    assert listed(reader, status__exact='CLOSED') == [older.id]


@pytest.mark.parametrize(
    ('expected', 'terms'),
    [
        ([ID], [str(ID), ID.hex, str(ID).upper(), f' {ID} ', '6a41b347-8d80', '6', '2025-02-21']),
        ([OTHER_ID], ['ea', '2025-02-22']),
        ([OTHER_ID, ID], ['']),
        ([], ['maria', '6a41 b347', f'{ID}0', '%', "' OR 1=1 --", '\u0666\u0666', '-', '2025-02-30', '9999-12-31']),
    ],
)
def test_search_by_the_first_digits_of_an_id_or_by_day(reader: Client, expected: list[UUID], terms: list[str]) -> None:
    ConversationRowFactory.create(id=ID)
    ConversationRowFactory.create(id=OTHER_ID, opened_at=OPENED_AT + timedelta(days=1))

    for term in terms:
        assert listed(reader, q=term) == expected, term


def test_messages_are_found_by_id_or_conversation_and_shown_by_their_beginning(reader: Client) -> None:
    first, second = message_rows(ConversationRowFactory.create(id=ID), 2)
    MessageRowFactory.create(conversation__id=OTHER_ID, content='<b>' + 'x' * 65_000)

    assert listed(reader, MESSAGES, q=str(ID)) == [first.id, second.id]
    assert listed(reader, MESSAGES, q=str(second.id)) == [second.id]
    page = reader.get(MESSAGES)
    assert '&lt;b&gt;' + 'x' * 76 + '…</td>' in page.content.decode()
    assert [row.get_deferred_fields() for row in page.context['cl'].result_list] == [{'content'}] * 3


def test_number_of_statements_does_not_depend_on_the_number_of_rows(reader: Client) -> None:
    costs = []
    for rows in (1, 40):
        for row in ConversationRowFactory.create_batch(rows):
            message_rows(row, 3)
        costs.append([count_statements(reader, url) for url in (CONVERSATIONS, MESSAGES)])

    assert costs[0] == costs[1]


def test_large_tables_are_estimated_unless_rows_are_filtered(reader: Client) -> None:
    make_many_conversations()
    everything = models.Conversation.objects.order_by('id')
    few = everything.filter(id__lt=UUID(int=ESTIMATE_FROM * 2))

    with CaptureQueriesContext(connection) as statements:
        pages = [listed(reader, p=number) for number in ('1', '1900')]

    assert [len(page) for page in pages] == [50, 50]
    counting = [each for each in statements.captured_queries if each['sql'].startswith('SELECT COUNT')]
    assert len(counting) == (0 if connection.vendor == 'postgresql' else 2)
    assert abs(EstimatingPaginator(everything, 50).count - COUNT) < COUNT / 10
    assert EstimatingPaginator(few, 50).count == ESTIMATE_FROM * 2
    assert EstimatingPaginator(models.UnappliedEvent.objects.order_by('id'), 50).count == 0
