"""Many rows, inserted by SQL in a second or two."""

from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.support.factories import MessageRowFactory

COUNT: Final = 100_000
OPEN_EVERY: Final = 50
WITH_MESSAGES: Final = 500
MESSAGES: Final = 2
FIRST_OPENED_AT: Final = datetime(2025, 1, 1, tzinfo=UTC)

SQL: Final = {
    'postgresql': """
        INSERT INTO webhook_api_conversation (id, status, opened_at, closed_at)
        SELECT
            lpad(to_hex(number), 32, '0')::uuid,
            CASE WHEN number %% %(every)s = 0 THEN 'OPEN' ELSE 'CLOSED' END,
            %(first)s + number * interval '1 minute',
            CASE WHEN number %% %(every)s = 0 THEN NULL ELSE %(first)s + number * interval '1 minute' END
        FROM generate_series(0, %(count)s - 1) AS number""",
    'sqlite': """
        WITH RECURSIVE numbers(number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM numbers LIMIT %(count)s)
        INSERT INTO webhook_api_conversation (id, status, opened_at, closed_at)
        SELECT
            printf('%%032x', number),
            CASE WHEN number %% %(every)s = 0 THEN 'OPEN' ELSE 'CLOSED' END,
            datetime(%(first)s, number || ' minutes'),
            CASE WHEN number %% %(every)s = 0 THEN NULL ELSE datetime(%(first)s, number || ' minutes') END
        FROM numbers""",
}

MESSAGES_SQL: Final = {
    'postgresql': """
        INSERT INTO webhook_api_message (id, conversation_id, direction, content, external_timestamp)
        SELECT gen_random_uuid(), %(conversation)s::uuid, 'SENT', 'Olá!', %(first)s + number * interval '1 second'
        FROM generate_series(1, %(count)s) AS number""",
    'sqlite': """
        WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers LIMIT %(count)s)
        INSERT INTO webhook_api_message (id, conversation_id, direction, content, external_timestamp)
        SELECT lower(hex(randomblob(16))), %(conversation)s, 'SENT', 'Olá!', datetime(%(first)s, number || ' seconds')
        FROM numbers""",
}


def opened_at(number: int) -> datetime:
    return FIRST_OPENED_AT + timedelta(minutes=number)


def make_many_conversations() -> None:
    """Insert conversations a minute apart, every fiftieth open, the newest with messages."""
    with connection.cursor() as cursor:
        cursor.execute(SQL[connection.vendor], {'count': COUNT, 'every': OPEN_EVERY, 'first': FIRST_OPENED_AT})
    newest = models.Conversation.objects.order_by('-opened_at', '-id')[:WITH_MESSAGES]
    models.Message.objects.bulk_create(
        [MessageRowFactory.build(conversation=row, content='Olá!') for row in newest for _ in range(MESSAGES)]
    )
    with connection.cursor() as cursor:
        cursor.execute('ANALYZE')


def make_many_messages(conversation: models.Conversation, count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            MESSAGES_SQL[connection.vendor],
            {'conversation': conversation.pk.hex, 'count': count, 'first': FIRST_OPENED_AT},
        )
