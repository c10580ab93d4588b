"""`GET /conversations/`."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from realmate_challenge.webhook_api.entities.pages import ConversationFilter
from realmate_challenge.webhook_api.serializers.conversation_lists import (
    ConversationFilterSerializer,
    ConversationListSerializer,
    ConversationSummarySerializer,
)
from realmate_challenge.webhook_api.tests.support.envelope import invalid_fields
from realmate_challenge.webhook_api.tests.support.factories import (
    CLOSED_AT,
    OPENED_AT,
    ConversationRowFactory,
    message_rows,
    sent_at,
)

URL = '/conversations/'

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversations() -> list[str]:
    """Return the ids of three conversations, opened on three days. The second is closed."""
    rows = [
        ConversationRowFactory.create(opened_at=OPENED_AT + timedelta(days=day), closed=day == 1) for day in range(3)
    ]
    return [str(row.id) for row in rows]


def ids(client: APIClient, **query: str) -> list[str]:
    response = client.get(URL, query)
    assert response.status_code == 200, response.content
    return [row['id'] for row in response.json()['results']]


def test_a_row(api_client: APIClient) -> None:
    row = ConversationRowFactory.create(closed=True)
    message_rows(row, 3)

    answer = api_client.get(URL).json()

    assert answer['results'] == [
        {
            'id': str(row.id),
            'status': 'CLOSED',
            'opened_at': OPENED_AT.isoformat().replace('+00:00', 'Z'),
            'closed_at': CLOSED_AT.isoformat().replace('+00:00', 'Z'),
            'message_count': 3,
            'last_message_at': sent_at(2).isoformat().replace('+00:00', 'Z'),
        }
    ]
    assert list(answer) == list(ConversationListSerializer().fields)
    assert list(answer['results'][0]) == list(ConversationSummarySerializer().fields)


def test_every_filter_is_a_parameter() -> None:
    assert list(ConversationFilterSerializer().fields) == [field.name for field in fields(ConversationFilter)]


@pytest.mark.parametrize(
    ('query', 'numbers'),
    [
        ({}, [2, 1, 0]),
        ({'ordering': '-opened_at'}, [2, 1, 0]),
        ({'ordering': 'opened_at'}, [0, 1, 2]),
        ({'ordering': 'message_count'}, [2, 1, 0]),
        ({'status': 'OPEN'}, [2, 0]),
        ({'status': 'CLOSED'}, [1]),
        ({'status': '', 'opened_after': '', 'colour': 'red'}, [2, 1, 0]),
    ],
)
def test_order_and_status(
    api_client: APIClient, conversations: list[str], query: dict[str, str], numbers: list[int]
) -> None:
    assert ids(api_client, **query) == [conversations[number] for number in numbers]


def test_the_last_of_repeated_parameters_counts(api_client: APIClient, conversations: list[str]) -> None:
    response = api_client.get(f'{URL}?status=OPEN&status=CLOSED')

    assert [row['id'] for row in response.json()['results']] == [conversations[1]]


def test_links_keep_the_filters(api_client: APIClient, conversations: list[str]) -> None:
    query = {'page_size': '1', 'status': 'OPEN', 'opened_after': '2025-01-01T00:00:00+00:00'}

    first = api_client.get(URL, query).json()
    second = api_client.get(first['next']).json()

    assert (first['count'], first['previous'], second['next']) == (2, None, None)
    assert parse_qs(urlsplit(first['next']).query) == {name: [value] for name, value in {**query, 'page': '2'}.items()}
    assert api_client.get(second['previous']).json() == first
    assert [row['id'] for page in (first, second) for row in page['results']] == [conversations[2], conversations[0]]


@pytest.mark.parametrize(
    ('text', 'instant'),
    [
        ('2025-02-21T10:20:41.349308Z', OPENED_AT),
        ('2025-02-21T10:20:41.349308', OPENED_AT),
        ('2025-02-21T07:20:41.349308-03:00', OPENED_AT),
        # An unescaped plus arrives as a space.
        ('2025-02-21T13:20:41.349308 03:00', OPENED_AT),
        ('2025-02-21 10:20', datetime(2025, 2, 21, 10, 20, tzinfo=UTC)),
        ('2025-02-21', datetime(2025, 2, 21, tzinfo=UTC)),
    ],
)
def test_opening_times(api_client: APIClient, text: str, instant: datetime) -> None:
    before = ConversationRowFactory.create(opened_at=instant - timedelta(microseconds=1))
    same = ConversationRowFactory.create(opened_at=instant)

    assert ids(api_client, opened_after=text) == [str(same.id)]
    assert ids(api_client, opened_before=text) == [str(before.id)]


@pytest.mark.parametrize(
    ('name', 'value', 'code'),
    [
        ('status', 'open', 'invalid_choice'),
        ('status', '\0', 'invalid_choice'),
        ('status', '<script>' * 500, 'invalid_choice'),
        ('opened_after', 'yesterday', 'invalid'),
        ('opened_after', '1740133241', 'invalid'),
        ('opened_after', '2025-02-30', 'invalid'),
        ('opened_after', '٢٠٢٥-٠٢-٢١', 'invalid'),
        ('opened_before', '2025-02-21\n', 'invalid'),
        ('opened_before', '2025-02-21T10:20:41\0+01:00', 'invalid'),
        ('opened_before', '0001-01-01T00:00+01:00', 'out_of_range'),
        ('opened_before', '9' * 5000, 'invalid'),
    ],
)
def test_an_invalid_filter_is_named(api_client: APIClient, name: str, value: str, code: str) -> None:
    answer = api_client.get(URL, {name: value})

    assert invalid_fields(answer) == {name: code}
    assert len(answer.content) < 200


def test_every_invalid_filter_is_named(api_client: APIClient) -> None:
    names = list(ConversationFilterSerializer().fields)

    assert list(invalid_fields(api_client.get(URL, dict.fromkeys(names, 'x')))) == names


def test_a_page_needs_two_statements(api_client: APIClient, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for count in (0, 1, 60):
        for row in ConversationRowFactory.create_batch(count):
            message_rows(row, 2)
        with django_assert_num_queries(2):
            response = api_client.get(URL, {'page_size': '100', 'status': 'OPEN'})
        assert all(row['message_count'] == 2 for row in response.json()['results'])
