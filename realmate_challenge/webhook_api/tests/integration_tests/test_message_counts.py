"""The counts of the triggers equal the numbers of messages after every kind of write."""

import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.models import Count, Sum

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.support.bounds import ROUNDS
from realmate_challenge.webhook_api.tests.support.factories import (
    ConversationRowFactory,
    MessageFactory,
    MessageRowFactory,
    message_rows,
)
from realmate_challenge.webhook_api.tests.support.fakes import in_database
from realmate_challenge.webhook_api.tests.support.second_connection import PATIENCE, SecondConnection
from realmate_challenge.webhook_api.tests.support.threads import run_together

pytestmark = pytest.mark.django_db(transaction=True)

ACTORS: Final = 6
SHARDS: Final = 32


@pytest.fixture
def conversations() -> list[models.Conversation]:
    return ConversationRowFactory.create_batch(3)


def counted() -> dict[UUID, int]:
    rows = models.MessageCount.objects.values_list('conversation_id').annotate(total=Sum('messages'))
    return {conversation_id: total for conversation_id, total in rows if total}


def stored() -> dict[UUID, int]:
    return dict(models.Message.objects.values_list('conversation_id').annotate(total=Count('id')))


def test_single_rows_and_many_at_once(conversations: list[models.Conversation]) -> None:
    first, second, _ = conversations
    MessageRowFactory.create_batch(3, conversation=first)
    rows = message_rows(second, 40)
    message_rows(first, 2)

    assert counted() == stored() == {first.id: 5, second.id: 40}

    rows[0].delete()
    models.Message.objects.filter(id__in=[row.id for row in rows[1:11]]).delete()
    assert counted() == stored() == {first.id: 5, second.id: 29}

    models.Message.objects.all().delete()
    assert counted() == stored() == {}


def test_rows_of_several_conversations_in_one_statement(conversations: list[models.Conversation]) -> None:
    rows = [MessageRowFactory.build(conversation=each) for each in conversations * 4]
    models.Message.objects.bulk_create(rows)

    assert counted() == stored() == {each.id: 4 for each in conversations}


def test_rows_that_are_ignored_as_known(conversations: list[models.Conversation]) -> None:
    rows = message_rows(conversations[0], 5)
    new = MessageRowFactory.build(conversation=conversations[0])
    models.Message.objects.bulk_create([*rows, new], ignore_conflicts=True)
    message = MessageFactory.build(id=new.id, conversation_id=conversations[0].id)

    assert in_database().messages.add(message, accept_late=False) is False
    assert counted() == stored() == {conversations[0].id: 6}


def test_a_rollback(conversations: list[models.Conversation]) -> None:
    message_rows(conversations[0], 5)
    with transaction.atomic():
        message_rows(conversations[0], 3)
        models.Message.objects.filter(conversation=conversations[1]).delete()
        transaction.set_rollback(True)

    assert counted() == stored() == {conversations[0].id: 5}


def test_a_deleted_conversation(conversations: list[models.Conversation]) -> None:
    message_rows(conversations[0], 5)
    message_rows(conversations[1], 2)
    conversations[0].delete()

    assert counted() == stored() == {conversations[1].id: 2}
    assert models.MessageCount.objects.filter(conversation_id=conversations[0].id).count() == 0


@pytest.mark.skipif(connection.vendor != 'postgresql', reason='COPY is of PostgreSQL')
def test_copy(conversations: list[models.Conversation]) -> None:
    rows = [MessageRowFactory.build(conversation=each) for each in conversations * 50]
    with (
        connection.cursor() as cursor,
        cursor.copy(
            'COPY webhook_api_message (id, conversation_id, direction, content, external_timestamp) FROM STDIN'
        ) as copy,
    ):
        for row in rows:
            copy.write_row((row.id, row.conversation_id, row.direction, row.content, row.external_timestamp))

    assert counted() == stored() == {each.id: 50 for each in conversations}


def action(conversations: Sequence[models.Conversation], chance: random.Random) -> Callable[[], object]:
    """Return a random write or delete of messages."""
    conversation = chance.choice(conversations)
    ours = models.Message.objects.filter(conversation=conversation)
    message = MessageFactory.build(conversation_id=conversation.id)
    choices: list[Callable[[], object]] = [
        partial(in_database().messages.add, message, accept_late=False),
        partial(message_rows, conversation, 7),
        lambda: models.Message.objects.bulk_create(
            [MessageRowFactory.build(conversation=each) for each in sorted(conversations, key=lambda row: row.id)]
        ),
        lambda: models.Message.objects.filter(id__in=list(ours.values_list('id', flat=True)[:3])).delete(),
    ]
    return chance.choice(choices)


def test_parallel_writes_and_deletes(conversations: list[models.Conversation]) -> None:
    chance = random.Random(1)
    for _ in range(max(ROUNDS // 10, 1)):
        run_together([action(conversations, chance) for _ in range(ACTORS)])

    assert counted() == stored()
    assert stored()


def test_parallel_deletes_of_the_same_rows(conversations: list[models.Conversation]) -> None:
    message_rows(conversations[0], 30)
    message_rows(conversations[1], 1)
    run_together([models.Message.objects.filter(conversation=conversations[0]).delete] * ACTORS)

    assert counted() == stored() == {conversations[1].id: 1}


@pytest.mark.skipif(connection.vendor != 'postgresql', reason='SQLite has one writer at a time')
def test_writers_of_one_conversation_do_not_wait_for_each_other(conversations: list[models.Conversation]) -> None:
    """The lock on the conversation is shared, and two connections rarely share one of the 32 rows of the count."""
    first, second = MessageFactory.build_batch(2, conversation_id=conversations[0].id)
    other = SecondConnection()

    with transaction.atomic():
        assert in_database().messages.add(first, accept_late=False)
        if other.does(backend).result(PATIENCE) % SHARDS != backend() % SHARDS:
            assert other.does(partial(in_database().messages.add, second, accept_late=False)).result(PATIENCE) is True
    other.leave()

    assert counted() == stored()


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute('SELECT pg_backend_pid()')
        (pid,) = cursor.fetchone()
    return int(pid)
