"""The counts that triggers keep equal the numbers of messages, however these were written or deleted."""

from collections.abc import Callable
from functools import partial
from typing import Final
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.models import Count, Sum

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.support.factories import (
    ConversationRowFactory,
    MessageFactory,
    MessageRowFactory,
    message_rows,
)
from realmate_challenge.webhook_api.tests.support.fakes import in_database
from realmate_challenge.webhook_api.tests.support.second_connection import TIMEOUT_SECONDS, SecondConnection
from realmate_challenge.webhook_api.tests.support.threads import run_together

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS: Final = 12
SHARDS: Final = 32


@pytest.fixture
def conversations() -> list[models.Conversation]:
    return ConversationRowFactory.create_batch(3)


def counted() -> dict[UUID, int]:
    """Return the counts, which must equal the numbers of messages."""
    rows = models.MessageCount.objects.values_list('conversation_id').annotate(total=Sum('messages'))
    counts = {conversation_id: total for conversation_id, total in rows if total}
    assert counts == dict(models.Message.objects.values_list('conversation_id').annotate(total=Count('id')))
    return counts


def test_writes_and_deletes_of_one_row_and_of_many(conversations: list[models.Conversation]) -> None:
    first, second, third = conversations
    MessageRowFactory.create_batch(3, conversation=first)
    rows = message_rows(second, 40)
    models.Message.objects.bulk_create([MessageRowFactory.build(conversation=each) for each in conversations * 4])
    assert counted() == {first.id: 7, second.id: 44, third.id: 4}

    rows[0].delete()
    models.Message.objects.filter(id__in=[row.id for row in rows[1:11]]).delete()
    assert counted() == {first.id: 7, second.id: 33, third.id: 4}

    second.delete()
    assert counted() == {first.id: 7, third.id: 4}
    assert not models.MessageCount.objects.filter(conversation_id=second.id).exists()

    models.Message.objects.all().delete()
    assert counted() == {}


def test_ignored_and_rolled_back_rows_do_not_count(conversations: list[models.Conversation]) -> None:
    first, second, _ = conversations
    rows = message_rows(first, 5)
    new = MessageRowFactory.build(conversation=first)
    models.Message.objects.bulk_create([*rows, new], ignore_conflicts=True)
    copy = MessageFactory.build(id=new.id, conversation_id=first.id)
    assert in_database().messages.add(copy, accept_late=False) is False
    with transaction.atomic():
        message_rows(second, 3)
        models.Message.objects.filter(conversation=first).delete()
        transaction.set_rollback(True)

    assert counted() == {first.id: 6}


def writes_and_deletes(conversations: list[models.Conversation]) -> list[Callable[[], object]]:
    """Return calls for the same conversations."""
    first, second, _ = conversations
    ours = models.Message.objects.filter(conversation=first)
    messages = MessageFactory.build_batch(2, conversation_id=first.id)
    rows = [MessageRowFactory.build(conversation=each) for each in conversations]
    return [
        *(partial(in_database().messages.add, message, accept_late=False) for message in messages),
        partial(message_rows, second, 7),
        partial(models.Message.objects.bulk_create, rows),
        ours.filter(id__in=list(ours.values_list('id', flat=True)[:3])).delete,
    ]


def test_parallel_writes_and_deletes(conversations: list[models.Conversation]) -> None:
    first, second, third = conversations = sorted(conversations, key=lambda row: row.id)
    message_rows(first, 30)
    for _ in range(ROUNDS):
        run_together(writes_and_deletes(conversations))
    assert set(counted()) == {first.id, second.id, third.id}

    run_together([models.Message.objects.filter(conversation=first).delete] * 6)
    assert set(counted()) == {second.id, third.id}


@pytest.mark.skipif(connection.vendor != 'postgresql', reason='SQLite has one writer at a time')
def test_writers_of_one_conversation_do_not_wait_for_each_other(conversations: list[models.Conversation]) -> None:
    """The lock on the conversation is shared. Each connection counts in one of 32 rows, by its process number."""
    first, second = MessageFactory.build_batch(2, conversation_id=conversations[0].id)
    others = [SecondConnection() for _ in range(2)]

    with transaction.atomic():
        assert in_database().messages.add(first, accept_late=False)
        other = next(each for each in others if each.start(shard).result(TIMEOUT_SECONDS) != shard())
        added = other.start(partial(in_database().messages.add, second, accept_late=False))
        assert added.result(TIMEOUT_SECONDS) is True
    for each in others:
        each.close()

    assert counted() == {conversations[0].id: 2}


def shard() -> int:
    with connection.cursor() as cursor:
        cursor.execute('SELECT pg_backend_pid()')
        (process,) = cursor.fetchone()
    return int(process) % SHARDS
