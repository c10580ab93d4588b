"""The lists of conversations and messages: columns, search, and cost."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.admin.base import ESTIMATE_FROM, EstimatingPaginator
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


def listed(client: Client, url: str = CONVERSATIONS, **query: str) -> list[UUID]:
    page = client.get(url, query)
    assert page.status_code == 200
    return [row.pk for row in page.context['cl'].result_list]


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
    ('term', 'found'),
    [
        *((term, True) for term in (str(ID), ID.hex, str(ID).upper(), f' {ID} ', '6a41b347-8d80', '6')),
        *((term, False) for term in ('maria', '6a41 b347', f'{ID}0', '%', "' OR 1=1 --", '\u0666\u0666', '-')),
    ],
)
def test_search_by_the_first_digits_of_an_id(reader: Client, term: str, *, found: bool) -> None:
    ConversationRowFactory.create(id=ID)
    ConversationRowFactory.create(id=UUID(int=ID.int ^ (1 << 127)))

    assert listed(reader, q=term) == [ID] * found


@pytest.mark.parametrize(
    ('term', 'found'), [('2025-02-21', 2), ('2025-02-22', 1), ('2025-02-30', 0), ('9999-12-31', 0)]
)
def test_search_by_the_day_of_the_opening(reader: Client, term: str, found: int) -> None:
    for days in (0, 0, 1, 365):
        ConversationRowFactory.create(opened_at=OPENED_AT + timedelta(days=days))

    assert len(listed(reader, q=term)) == found


def test_search_messages_by_their_own_id_or_that_of_their_conversation(reader: Client) -> None:
    first, second = message_rows(ConversationRowFactory.create(id=ID), 2)
    MessageRowFactory.create(conversation__id=UUID(int=1))

    assert listed(reader, MESSAGES, q=str(ID)) == [first.id, second.id]
    assert listed(reader, MESSAGES, q=str(second.id)) == [second.id]


def test_list_of_messages_shows_the_beginning_of_each_content(reader: Client) -> None:
    MessageRowFactory.create(content='<b>' + 'x' * 65_000)

    page = reader.get(MESSAGES).content.decode()

    assert f'&lt;b&gt;{"x" * 76}…' in page
    assert 'x' * 77 not in page


@pytest.mark.parametrize('url', [CONVERSATIONS, MESSAGES])
def test_number_of_statements_does_not_depend_on_the_number_of_rows(reader: Client, url: str) -> None:
    costs = []
    for rows in (1, 40):
        for row in ConversationRowFactory.create_batch(rows):
            message_rows(row, 3)
        with CaptureQueriesContext(connection) as statements:
            assert reader.get(url).status_code == 200
        costs.append(len(statements))

    assert costs[0] == costs[1] <= 12


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
