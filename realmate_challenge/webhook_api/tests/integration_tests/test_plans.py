"""How PostgreSQL finds the messages of a page, however long the history, and the kept events of a conversation."""

import re
from typing import Final
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT, ConversationRowFactory
from realmate_challenge.webhook_api.tests.support.fakes import in_database

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != 'postgresql', reason='plans are those of PostgreSQL; .ci/run runs there too'
    ),
]

COUNT = 5_000
OTHERS = 100
FILL = """
    INSERT INTO webhook_api_message (id, conversation_id, direction, content, external_timestamp)
    SELECT gen_random_uuid(), c.id, 'SENT', 'Olá', c.opened_at + n * interval '1 second'
    FROM webhook_api_conversation c CROSS JOIN generate_series(1, %s) n
    WHERE (c.id = %s) = %s
"""


@pytest.fixture
def long_conversation() -> models.Conversation:
    """A long one among many, in a database that autovacuum has visited."""
    conversation: models.Conversation = ConversationRowFactory.create()
    ConversationRowFactory.create_batch(OTHERS)
    with connection.cursor() as cursor:
        cursor.execute(FILL, [COUNT, conversation.id, True])
        cursor.execute(FILL, [COUNT // 10, conversation.id, False])
        cursor.execute('VACUUM ANALYZE webhook_api_message')
        cursor.execute('VACUUM ANALYZE webhook_api_conversation')
    return conversation


def plan_of(api_client: APIClient, url: str) -> str:
    """How the statement of a request is executed."""
    with CaptureQueriesContext(connection) as captured:
        assert api_client.get(url).status_code == 200
    (query,) = captured.captured_queries
    with connection.cursor() as cursor:
        cursor.execute(f'EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF, SUMMARY OFF) {query["sql"]}')
        return '\n'.join(line for (line,) in cursor.fetchall())


ORDERINGS: Final = ('timestamp', '-timestamp')


def scans(plan: str) -> list[tuple[str, str]]:
    """How the messages are looked up, and what that found."""
    return re.findall(r'(\S.*) on webhook_api_message \w+ \((.*)\)\n', plan)


@pytest.mark.parametrize('ordering', ORDERINGS)
def test_the_first_page_is_the_beginning_of_an_index(
    api_client: APIClient, long_conversation: models.Conversation, ordering: str
) -> None:
    plan = plan_of(api_client, f'/conversations/{long_conversation.id}/?ordering={ordering}')

    ((scan, found),) = scans(plan)
    assert scan.startswith('->  Index Scan'), plan
    assert scan.endswith('using message_reading_order'), plan
    assert found == 'actual rows=10 loops=1', plan


@pytest.mark.parametrize('ordering', ORDERINGS)
@pytest.mark.parametrize('page', [2, COUNT // 10])
def test_a_later_page_is_found_in_an_index_alone(
    api_client: APIClient, long_conversation: models.Conversation, ordering: str, page: int
) -> None:
    plan = plan_of(api_client, f'/conversations/{long_conversation.id}/?page={page}&ordering={ordering}')

    window, rows = scans(plan)
    # The window comes from the index alone, and only the rows of the page are looked up, by their key.
    assert window[0].startswith('->  Index Only Scan'), plan
    assert 'message_reading_order' in window[0], plan
    assert rows == ('->  Index Scan using webhook_api_message_pkey', 'actual rows=1 loops=10'), plan
    assert window[1] == f'actual rows={page * 10} loops=1', plan


@pytest.mark.parametrize('ordering', ORDERINGS)
def test_the_first_page_is_planned_once(
    api_client: APIClient, long_conversation: models.Conversation, ordering: str
) -> None:
    """PostgreSQL plans a prepared statement anew each time if it thinks that the parameters make a difference."""
    many = 30
    for _ in range(many):
        api_client.get(f'/conversations/{long_conversation.id}/?ordering={ordering}')

    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT generic_plans, custom_plans FROM pg_prepared_statements '
            'WHERE statement LIKE %s AND statement LIKE %s',
            ['%LEFT JOIN%', '%DESC%' if ordering.startswith('-') else '%"id" LIMIT 10)%'],
        )
        ((generic, custom),) = cursor.fetchall()
    assert generic + custom >= many - 2
    assert custom <= 5


FILL_EVENTS = """
    INSERT INTO webhook_api_unappliedevent (
        digest, type, conversation_id, event_timestamp, payload, status, reason, deliveries, first_received_at,
        last_received_at
    )
    SELECT md5(n::text), 'NEW_MESSAGE', gen_random_uuid(), now(), '', 'refused', 'WHY', 1, now(), now()
    FROM generate_series(1, %s) n
"""


def test_the_kept_events_of_a_conversation_are_found_in_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FILL_EVENTS, [COUNT])
        cursor.execute('VACUUM ANALYZE webhook_api_unappliedevent')
    with CaptureQueriesContext(connection) as captured:
        in_database().conversations.erase(uuid4(), CLOSED_AT)

    statements = [query['sql'] for query in captured.captured_queries if 'unappliedevent' in query['sql']]
    assert [statement.split()[0] for statement in statements] == ['DELETE', 'DELETE']
    for statement in statements:
        with connection.cursor() as cursor:
            cursor.execute(f'EXPLAIN {statement}')
            plan = '\n'.join(line for (line,) in cursor.fetchall())
        assert 'unapplied_event_conversation' in plan, plan
