"""`seed` against what people write first: factory-boy's `create_batch`, side by side."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import pytest
from django.core.management import call_command
from factory.declarations import LazyFunction
from factory.django import DjangoModelFactory

from realmate_challenge.webhook_api.entities.conversation import ConversationStatus
from realmate_challenge.webhook_api.entities.message import MessageDirection
from realmate_challenge.webhook_api.models import Conversation, Message

OPENED: Final = datetime(2025, 2, 21, 10, 20, 41, tzinfo=UTC)
CONVERSATIONS: Final = 60
MESSAGES: Final = 100
BATCH: Final = 300
ROUNDS: Final = 3
# At its worst here: SQLite in memory, under coverage. In a file, or on PostgreSQL, it is more than ten times.
BOUND: Final = 4


class MessageFactory(DjangoModelFactory[Message]):
    """The fastest there can be: one conversation, and not even Faker's texts."""

    class Meta:
        model = Message

    id = LazyFunction(uuid4)
    direction = MessageDirection.RECEIVED
    content = 'Olá, tudo bem?'
    external_timestamp = OPENED


def seconds(run: Callable[[], object]) -> float:
    """Of this process's own work, which other work on the machine does not change."""
    started = time.process_time()
    run()
    return time.process_time() - started


@pytest.mark.django_db(transaction=True)
def test_a_seeded_message_takes_a_fraction_of_a_created_one() -> None:
    conversation = Conversation.objects.create(id=uuid4(), status=ConversationStatus.OPEN, opened_at=OPENED)
    seeded, created = [], []
    for _ in range(ROUNDS):
        seeded.append(seconds(lambda: call_command('seed', conversations=CONVERSATIONS, messages=MESSAGES)))
        created.append(seconds(lambda: MessageFactory.create_batch(BATCH, conversation=conversation)))
    assert min(seeded) / (CONVERSATIONS * MESSAGES) < min(created) / BATCH / BOUND
