"""The lists: what they show, how they are searched, and that they cost the same for any number of rows."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.admin.large_tables import ESTIMATE_FROM, EstimatingPaginator
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import CONVERSATIONS, MESSAGES
from realmate_challenge.webhook_api.tests.support.factories import (
    OPENED_AT,
    ConversationRowFactory,
    MessageRowFactory,
    message_rows,
)
from realmate_challenge.webhook_api.tests.support.many_conversations import COUNT, make_many_conversations

ID = UUID('6a41b347-8d80-4ce9-84ba-7af66f369f6a')


def shown(client: Client, url: str = CONVERSATIONS, **query: str) -> list[UUID]:
    page = client.get(url, query)
    assert page.status_code == 200
    return [row.pk for row in page.context['cl'].result_list]


def test_conversations_newest_first_with_what_their_messages_tell(reader: Client) -> None:
    older = ConversationRowFactory.create()
    newer = ConversationRowFactory.create(opened_at=OPENED_AT + timedelta(days=400), closed=False)
    message_rows(older, 7)

    page = reader.get(CONVERSATIONS)

    rows = page.context['cl'].result_list
    assert [(row.pk, row.message_count, row.last_message_at is None) for row in rows] == [
        (newer.pk, 0, True),
        (older.pk, 7, False),
    ]
    assert '<td class="field-message_count">7</td>' in page.content.decode()


@pytest.mark.parametrize(
    'term',
    [str(ID), ID.hex, str(ID).upper(), f' {ID} ', '6a41b347', '6a41b347-8d80', '6A41B3478D804CE984ba7af66f369f6'],
)
def test_a_conversation_is_found_by_its_id_or_how_it_begins(reader: Client, term: str) -> None:
    ConversationRowFactory.create(id=ID)
    ConversationRowFactory.create(id=UUID(int=ID.int ^ (1 << 127)))

    assert shown(reader, q=term) == [ID]


@pytest.mark.parametrize('term', ['maria', '6a41 b347', f'{ID}0', '%', "' OR 1=1 --", '\u0666\u0666', '-', 'x' * 9999])
def test_what_is_no_id_finds_nothing(reader: Client, term: str) -> None:
    ConversationRowFactory.create(id=ID)

    assert shown(reader, q=term) == []


def test_messages_are_found_by_their_own_id_or_that_of_their_conversation(reader: Client) -> None:
    conversation = ConversationRowFactory.create(id=ID)
    first, second = message_rows(conversation, 2)
    MessageRowFactory.create(conversation__id=UUID(int=1))

    assert shown(reader, MESSAGES, q=str(ID)) == [first.id, second.id]
    assert shown(reader, MESSAGES, q=str(second.id)) == [second.id]
    assert shown(reader, MESSAGES, q='nobody') == []


def test_a_list_of_messages_shows_how_they_begin(reader: Client) -> None:
    MessageRowFactory.create(content='<b>' + 'x' * 65_000)

    page = reader.get(MESSAGES).content.decode()

    assert f'&lt;b&gt;{"x" * 77}…' in page
    assert 'x' * 78 not in page


def test_by_status(reader: Client) -> None:
    ConversationRowFactory.create()
    closed = ConversationRowFactory.create(closed=True)

    assert shown(reader, status__exact='CLOSED') == [closed.id]


@pytest.mark.parametrize(
    ('term', 'found'), [('2025-02-21', 2), ('2025-02-22', 1), ('2025-02-30', 0), ('9999-12-31', 0)]
)
def test_conversations_are_found_by_the_day_of_their_opening(reader: Client, term: str, found: int) -> None:
    for days in (0, 0, 1, 365):
        ConversationRowFactory.create(opened_at=OPENED_AT + timedelta(days=days))

    assert len(shown(reader, q=term)) == found


@pytest.mark.parametrize('url', [CONVERSATIONS, MESSAGES])
def test_a_list_costs_the_same_for_any_number_of_rows(reader: Client, url: str) -> None:
    costs = []
    for rows in (1, 40):
        for row in ConversationRowFactory.create_batch(rows):
            message_rows(row, 3)
        with CaptureQueriesContext(connection) as statements:
            assert reader.get(url).status_code == 200
        costs.append(len(statements))

    assert costs[0] == costs[1] <= 12


def test_a_hundred_thousand_rows(reader: Client) -> None:
    """No statement but the count reads more than the page; PostgreSQL does not even count."""
    make_many_conversations()

    with CaptureQueriesContext(connection) as statements:
        pages = [reader.get(CONVERSATIONS, {'p': number}) for number in ('1', '1900')]

    assert [len(page.context['cl'].result_list) for page in pages] == [50, 50]
    assert len(statements) <= 30
    counting = [each for each in statements.captured_queries if each['sql'].startswith('SELECT COUNT')]
    assert len(counting) == (0 if connection.vendor == 'postgresql' else 2)


@pytest.mark.django_db
def test_the_estimate_is_for_large_tables_without_a_filter() -> None:
    make_many_conversations()
    everything = models.Conversation.objects.order_by('id')
    few = everything.filter(id__lt=UUID(int=ESTIMATE_FROM * 2))

    estimate = EstimatingPaginator(everything, 50).count

    assert abs(estimate - COUNT) < COUNT / 10
    assert EstimatingPaginator(few, 50).count == ESTIMATE_FROM * 2
    assert EstimatingPaginator(models.UnappliedEvent.objects.order_by('id'), 50).count == 0


def test_unknown_ids_lead_back_with_a_word(reader: Client) -> None:
    for name in (uuid4(), 'nonsense', '1' * 300):
        page = reader.get(f'{CONVERSATIONS}{name}/change/', follow=True)
        assert page.status_code == 200
        assert 'Perhaps it was deleted?' in page.content.decode()
