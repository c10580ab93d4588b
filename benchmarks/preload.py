"""Fill the tables before a run."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from benchmarks.databases import Databases
from benchmarks.scenarios import Histories

CONTENT: Final = 'Olá, tudo bem? Gostaria de saber mais sobre o apartamento.'
DIRECTIONS: Final = ('RECEIVED', 'SENT')
BEGINNING: Final = datetime(2025, 2, 21, 10, 20, 41, 349308, UTC)
MESSAGE_COLUMNS: Final = ('id', 'conversation_id', 'direction', 'content', 'external_timestamp')


def preload(databases: Databases, name: str, prefix: str, histories: Histories) -> None:
    """Insert conversations and messages directly, which is faster than to post events. Triggers keep the counts."""
    conversations = conversation_ids(histories.conversations)
    opened = ((identifier, 'OPEN', BEGINNING + timedelta(seconds=at)) for at, identifier in enumerate(conversations))
    databases.fill(name, f'{prefix}conversation', ('id', 'status', 'opened_at'), opened)
    messages = _messages(conversations, histories.messages_each)
    databases.fill(name, f'{prefix}message', MESSAGE_COLUMNS, messages)
    databases.vacuum(name)


def conversation_ids(count: int) -> list[UUID]:
    """Return the same ids for every contender and every round."""
    return _uuids(Random('conversations'), count)


def _uuids(random: Random, count: int) -> list[UUID]:
    return [UUID(int=random.getrandbits(128), version=4) for _ in range(count)]


def _messages(conversations: list[UUID], each: int) -> Iterator[tuple[object, ...]]:
    """Yield messages in the order of their timestamps, so that those of one conversation are not adjacent."""
    random = Random('messages')
    for number in range(each):
        sent = BEGINNING + timedelta(minutes=number)
        direction = DIRECTIONS[number % len(DIRECTIONS)]
        for identifier, conversation in zip(_uuids(random, len(conversations)), conversations, strict=True):
            yield identifier, conversation, direction, CONTENT, sent
