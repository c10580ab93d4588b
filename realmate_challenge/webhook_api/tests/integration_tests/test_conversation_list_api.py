"""`GET /conversations/`, as a client sees it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from realmate_challenge.webhook_api import models
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
def conversations() -> list[models.Conversation]:
    """Three conversations, oldest first, the second closed."""
    return [
        ConversationRowFactory.create(opened_at=OPENED_AT + timedelta(days=number), closed=number == 1)
        for number in range(3)
    ]


def ids(client: APIClient, **query: str) -> list[str]:
    response = client.get(URL, query)
    assert response.status_code == 200, response.content
    return [row['id'] for row in response.json()['results']]


def error_of(client: APIClient, **query: str) -> Any:  # noqa: ANN401 - a JSON document
    response = client.get(URL, query)
    assert response.status_code == 400
    (error,) = response.json()['errors']
    assert error['code'] == 'VALIDATION_ERROR'
    return error['details']


def test_an_empty_service(api_client: APIClient) -> None:
    assert api_client.get(URL).json() == {'count': 0, 'next': None, 'previous': None, 'results': []}


def test_a_row(api_client: APIClient) -> None:
    row = ConversationRowFactory.create(closed=True)
    message_rows(row, 3)

    assert api_client.get(URL).json()['results'] == [
        {
            'id': str(row.id),
            'status': 'CLOSED',
            'opened_at': OPENED_AT.isoformat().replace('+00:00', 'Z'),
            'closed_at': CLOSED_AT.isoformat().replace('+00:00', 'Z'),
            'message_count': 3,
            'last_message_at': sent_at(2).isoformat().replace('+00:00', 'Z'),
        }
    ]


def test_the_default_is_newest_opened_first(api_client: APIClient, conversations: list[models.Conversation]) -> None:
    oldest_first = [str(each.id) for each in conversations]

    assert ids(api_client) == oldest_first[::-1]
    assert ids(api_client, ordering='-opened_at') == oldest_first[::-1]
    assert ids(api_client, ordering='opened_at') == oldest_first
    assert ids(api_client, ordering='message_count') == oldest_first[::-1]


def test_pages_link_to_each_other_and_keep_the_filters(
    api_client: APIClient, conversations: list[models.Conversation]
) -> None:
    query = {'page_size': '1', 'status': 'OPEN', 'opened_after': '2025-01-01T00:00:00+00:00'}

    first = api_client.get(URL, query).json()
    second = api_client.get(first['next']).json()

    assert (first['count'], first['previous'], second['next']) == (2, None, None)
    assert parse_qs(urlsplit(first['next']).query) == {name: [value] for name, value in {**query, 'page': '2'}.items()}
    assert api_client.get(second['previous']).json() == first
    assert [row['id'] for page in (first, second) for row in page['results']] == [
        str(conversations[2].id),
        str(conversations[0].id),
    ]


@pytest.mark.parametrize('page', ['0', '2', 'x'])
def test_a_page_that_does_not_exist(api_client: APIClient, page: str) -> None:
    response = api_client.get(URL, {'page': page})

    assert response.status_code == 404
    assert response.json()['errors'][0]['code'] == 'NOT_FOUND'


@pytest.mark.parametrize(('status', 'numbers'), [('OPEN', [2, 0]), ('CLOSED', [1]), ('', [2, 1, 0])])
def test_by_status(
    api_client: APIClient, conversations: list[models.Conversation], status: str, numbers: list[int]
) -> None:
    assert ids(api_client, status=status) == [str(conversations[number].id) for number in numbers]


@pytest.mark.parametrize(
    ('spelling', 'instant'),
    [
        ('2025-02-21T10:20:41.349308Z', OPENED_AT),
        ('2025-02-21T10:20:41.349308', OPENED_AT),
        ('2025-02-21T07:20:41.349308-03:00', OPENED_AT),
        # An unescaped plus.
        ('2025-02-21T13:20:41.349308 03:00', OPENED_AT),
        ('2025-02-21 10:20', datetime(2025, 2, 21, 10, 20, tzinfo=UTC)),
        ('2025-02-21', datetime(2025, 2, 21, tzinfo=UTC)),
    ],
)
def test_windows_of_opening(api_client: APIClient, spelling: str, instant: datetime) -> None:
    before = ConversationRowFactory.create(opened_at=instant - timedelta(microseconds=1))
    then = ConversationRowFactory.create(opened_at=instant)

    assert ids(api_client, opened_after=spelling) == [str(then.id)]
    assert ids(api_client, opened_before=spelling) == [str(before.id)]


@pytest.mark.parametrize(
    ('name', 'value', 'code'),
    [
        ('status', 'open', 'invalid_choice'),
        ('status', 'ALL', 'invalid_choice'),
        ('status', '\0', 'invalid_choice'),
        ('status', '<script>' * 500, 'invalid_choice'),
        ('opened_after', 'yesterday', 'invalid'),
        ('opened_after', '1740133241', 'invalid'),
        ('opened_after', '2025-02-30', 'invalid'),
        ('opened_after', '٢٠٢٥-٠٢-٢١', 'invalid'),
        ('opened_before', '2025-02-21T10:20:41\0', 'invalid'),
        ('opened_before', '2025-02-21T10:20:41\0+01:00', 'invalid'),
        ('opened_before', '2025-13-01T00:00', 'invalid'),
        ('opened_before', '0001-01-01T00:00+01:00', 'out_of_range'),
        ('opened_before', '9' * 5000, 'invalid'),
    ],
)
def test_an_invalid_filter(api_client: APIClient, name: str, value: str, code: str) -> None:
    (detail,) = error_of(api_client, **{name: value})

    assert (detail['field'], detail['code']) == (name, code)
    assert len(detail['message']) < 100


def test_all_invalid_filters_are_reported(api_client: APIClient) -> None:
    details = error_of(api_client, status='x', opened_after='x', opened_before='x')

    assert {detail['field'] for detail in details} == {'status', 'opened_after', 'opened_before'}


def test_the_last_of_a_repeated_parameter_counts_and_unknown_ones_do_not(
    api_client: APIClient, conversations: list[models.Conversation]
) -> None:
    response = api_client.get(f'{URL}?status=OPEN&status=CLOSED&colour=red')

    assert [UUID(row['id']) for row in response.json()['results']] == [conversations[1].id]


def test_two_statements_however_many_rows(
    api_client: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for rows in (0, 1, 60):
        for row in ConversationRowFactory.create_batch(rows):
            message_rows(row, 2)
        with django_assert_num_queries(2):
            response = api_client.get(URL, {'page_size': '100', 'status': 'OPEN'})
        assert all(row['message_count'] == 2 for row in response.json()['results'])
