"""The list over a hundred thousand conversations: pages cost the same, and come from the index."""

import re
from datetime import datetime
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from pytest_django.fixtures import DjangoAssertNumQueries
from rest_framework.test import APIClient

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.repositories.conversations import NEWEST_FIRST, OLDEST_FIRST
from realmate_challenge.webhook_api.repositories.expressions import with_message_figures
from realmate_challenge.webhook_api.tests.support.many_conversations import (
    COUNT,
    MESSAGES,
    OPEN_EVERY,
    make_many_conversations,
    opened_at,
)

DEEP = COUNT // 2

pytestmark = pytest.mark.django_db


@pytest.fixture
def _many() -> None:
    make_many_conversations()


@pytest.mark.usefixtures('_many')
def test_every_page_costs_two_statements(
    api_client: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def page(**query: str) -> Any:  # noqa: ANN401 - a JSON document
        with django_assert_num_queries(2):
            return api_client.get('/conversations/', query).json()

    def numbers(answer: dict[str, Any]) -> list[int]:
        return [UUID(row['id']).int for row in answer['results']]

    first, deep, last = page(), page(page=str(DEEP // 10 + 1)), page(page=str(COUNT // 10))
    still_open = page(status='OPEN', page_size='100', page='2')
    window = page(opened_after=opened_at(10).isoformat(), opened_before=opened_at(15).isoformat(), ordering='opened_at')

    assert numbers(first) == list(range(COUNT - 1, COUNT - 11, -1))
    assert {row['message_count'] for row in first['results']} == {MESSAGES}
    assert datetime.fromisoformat(first['results'][0]['opened_at']) == opened_at(COUNT - 1)
    assert numbers(deep) == list(range(COUNT - DEEP - 1, COUNT - DEEP - 11, -1))
    assert (numbers(last), last['next']) == (list(range(9, -1, -1)), None)
    assert (still_open['count'], len(still_open['results'])) == (COUNT // OPEN_EVERY, 100)
    assert (window['count'], numbers(window)) == (5, [10, 11, 12, 13, 14])


@pytest.mark.usefixtures('_many')
@pytest.mark.skipif(connection.vendor != 'postgresql', reason='PostgreSQL explains how it finds the rows')
def test_the_page_comes_from_the_index_and_messages_are_counted_for_it_alone() -> None:
    for order, offset in product((NEWEST_FIRST, OLDEST_FIRST), (0, DEEP)):
        page = models.Conversation.objects.order_by(*order)[offset : offset + 10]

        plan = with_message_figures(page, *order).explain(analyze=True)

        assert 'conversation_newest_first' in plan
        assert 'Seq Scan' not in plan
        # Ten looks for the count, ten for the last message, whatever stands before the page.
        for table in ('messagecount', 'message'):
            assert re.findall(rf'on webhook_api_{table} .*?loops=(\d+)', plan) == ['10']
