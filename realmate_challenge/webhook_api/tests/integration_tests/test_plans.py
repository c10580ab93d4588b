"""PostgreSQL's plans for a page of messages, however long the history, and for the kept events of a conversation."""

from typing import Any, Final
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT, ConversationRowFactory
from realmate_challenge.webhook_api.tests.support.fakes import in_database
from realmate_challenge.webhook_api.tests.support.plans import explain, scan_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != 'postgresql', reason='plans are those of PostgreSQL; .ci/run runs there too'
    ),
]

COUNT: Final = 5_000
OTHERS: Final = 100
ORDERINGS: Final = ('timestamp', '-timestamp')
FILL: Final = """
    INSERT INTO webhook_api_message (id, conversation_id, direction, content, external_timestamp)
    SELECT gen_random_uuid(), c.id, 'SENT', 'Olá', c.opened_at + n * interval '1 second'
    FROM webhook_api_conversation c CROSS JOIN generate_series(1, %s) n
    WHERE (c.id = %s) = %s
"""
FILL_EVENTS: Final = """
    INSERT INTO webhook_api_unappliedevent (
        digest, type, conversation_id, event_timestamp, payload, status, reason, deliveries, first_received_at,
        last_received_at
    )
    SELECT md5(n || status), 'NEW_MESSAGE', gen_random_uuid(), now(), '', status, 'WHY', 1, now(), now()
    FROM generate_series(1, %s) n CROSS JOIN (VALUES ('held'), ('refused')) statuses(status)
"""


def execute(sql: str, parameters: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


@pytest.fixture
def long_conversation() -> models.Conversation:
    """A long conversation among many, in a database that autovacuum has processed."""
    conversation: models.Conversation = ConversationRowFactory.create()
    ConversationRowFactory.create_batch(OTHERS)
    execute(FILL, [COUNT, conversation.id, True])
    execute(FILL, [COUNT // 10, conversation.id, False])
    execute('VACUUM ANALYZE webhook_api_message')
    execute('VACUUM ANALYZE webhook_api_conversation')
    return conversation


def scans_of(api_client: APIClient, url: str) -> list[tuple[str, str | None, float]]:
    """Return each scan of the messages for a request."""
    with CaptureQueriesContext(connection) as captured:
        assert api_client.get(url).status_code == 200
    (query,) = captured.captured_queries
    nodes = explain(query['sql'], analyze=True)
    return [scan_of(node) for node in nodes if node.get('Relation Name') == 'webhook_api_message']


@pytest.mark.parametrize('ordering', ORDERINGS)
def test_first_page_is_read_from_the_start_of_an_index(
    api_client: APIClient, long_conversation: models.Conversation, ordering: str
) -> None:
    scans = scans_of(api_client, f'/conversations/{long_conversation.id}/?ordering={ordering}')

    assert scans == [('Index Scan', 'message_transcript_order', 10)]


@pytest.mark.parametrize('ordering', ORDERINGS)
@pytest.mark.parametrize('page', [2, COUNT // 10])
def test_later_page_skips_messages_in_an_index_only(
    api_client: APIClient, long_conversation: models.Conversation, ordering: str, page: int
) -> None:
    scans = scans_of(api_client, f'/conversations/{long_conversation.id}/?page={page}&ordering={ordering}')

    assert sorted(scans) == [
        ('Index Only Scan', 'message_transcript_order', page * 10),
        ('Index Scan', 'webhook_api_message_pkey', 10),
    ]


@pytest.mark.parametrize(('ordering', 'direction'), [('timestamp', 'ASC'), ('-timestamp', 'DESC')])
def test_first_page_is_planned_once(
    api_client: APIClient, long_conversation: models.Conversation, ordering: str, direction: str
) -> None:
    """PostgreSQL plans a prepared statement again each time if it expects that the parameters make a difference."""
    requests = 30
    for _ in range(requests):
        api_client.get(f'/conversations/{long_conversation.id}/?ordering={ordering}')

    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE %s',
            [f'%LEFT JOIN% {direction} LIMIT 10)%'],
        )
        ((generic, custom),) = cursor.fetchall()
    assert generic + custom >= requests - 2
    assert custom <= 5


def test_kept_events_of_a_conversation_are_found_by_their_indexes() -> None:
    execute(FILL_EVENTS, [COUNT])
    execute('VACUUM ANALYZE webhook_api_unappliedevent')
    repositories, conversation_id = in_database(), uuid4()
    with CaptureQueriesContext(connection) as captured:
        repositories.conversations.erase(conversation_id, CLOSED_AT)
        list(repositories.unapplied_events.held_for(conversation_id))

    statements = [query['sql'] for query in captured.captured_queries if 'unappliedevent' in query['sql']]
    assert [statement.split()[0] for statement in statements] == ['DELETE', 'DELETE', 'SELECT']
    indexes = ('unapplied_event_conversation', 'unapplied_event_conversation', 'unapplied_event_held')
    for statement, index in zip(statements, indexes, strict=True):
        assert index in {node.get('Index Name') for node in explain(statement)}
