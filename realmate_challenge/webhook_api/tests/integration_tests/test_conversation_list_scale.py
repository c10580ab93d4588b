"""The list of a hundred thousand conversations: each page takes two statements and comes from the index."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import DjangoAssertNumQueries
from rest_framework.test import APIClient

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.repositories.expressions import NEWEST_FIRST, OLDEST_FIRST, with_message_figures
from realmate_challenge.webhook_api.tests.support.many_conversations import (
    COUNT,
    MESSAGES,
    OPEN_EVERY,
    make_many_conversations,
    opened_at,
)
from realmate_challenge.webhook_api.tests.support.plans import Node, explain, nodes_of

DEEP = COUNT // 2

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _many() -> None:
    make_many_conversations()


def test_every_page_takes_two_statements(
    api_client: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def page(**query: str) -> tuple[int, list[int], list[dict[str, Any]]]:
        with django_assert_num_queries(2):
            answer = api_client.get('/conversations/', query).json()
        return answer['count'], [UUID(row['id']).int for row in answer['results']], answer['results']

    count, numbers, rows = page()
    assert (count, numbers) == (COUNT, list(range(COUNT - 1, COUNT - 11, -1)))
    assert {row['message_count'] for row in rows} == {MESSAGES}
    assert page(page=str(DEEP // 10 + 1))[1] == list(range(COUNT - DEEP - 1, COUNT - DEEP - 11, -1))
    assert page(page=str(COUNT // 10))[1] == list(range(9, -1, -1))
    count, numbers, _ = page(status='OPEN', page_size='100', page='2')
    assert (count, len(numbers)) == (COUNT // OPEN_EVERY, 100)
    window = {'opened_after': opened_at(10).isoformat(), 'opened_before': opened_at(15).isoformat()}
    assert page(**window, ordering='opened_at')[:2] == (5, [10, 11, 12, 13, 14])


def plan_of_the_api(api_client: APIClient, query: dict[str, str]) -> list[Node]:
    with CaptureQueriesContext(connection) as captured:
        assert api_client.get('/conversations/', query).status_code == 200
    return explain(captured.captured_queries[-1]['sql'], analyze=True)


def plan_of_the_admin(_: APIClient, query: dict[str, str]) -> list[Node]:
    order = OLDEST_FIRST if 'ordering' in query else NEWEST_FIRST
    offset = DEEP if 'page' in query else 0
    page = models.Conversation.objects.order_by(*order)[offset : offset + 10]
    (plan,) = orjson.loads(with_message_figures(page, *order).explain(analyze=True, format='json'))
    return list(nodes_of(plan['Plan']))


@pytest.mark.skipif(connection.vendor != 'postgresql', reason='the plans are those of PostgreSQL')
@pytest.mark.parametrize('plan', [plan_of_the_api, plan_of_the_admin])
@pytest.mark.parametrize('query', [{}, {'page': str(DEEP // 10 + 1)}, {'ordering': 'opened_at'}])
def test_page_is_read_from_the_index_and_its_messages_alone_are_counted(
    api_client: APIClient, plan: Callable[..., list[Node]], query: dict[str, str]
) -> None:
    nodes = plan(api_client, query)

    assert 'conversation_newest_first' in {node.get('Index Name') for node in nodes}
    assert 'Seq Scan' not in {node['Node Type'] for node in nodes}
    for table in ('messagecount', 'message'):
        loops = [node['Actual Loops'] for node in nodes if node.get('Relation Name') == f'webhook_api_{table}']
        assert loops == [10]
