"""Create conversations with dialogues in the past."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import batched, chain
from random import Random
from typing import Final, final

from django.utils.timezone import now
from tqdm import tqdm

from realmate_challenge.webhook_api.entities.conversation import ConversationStatus
from realmate_challenge.webhook_api.management.dialogue import Writer
from realmate_challenge.webhook_api.management.factories import ConversationRowFactory, MessageRowFactory
from realmate_challenge.webhook_api.models import Conversation, Message

# Brazil has had no daylight saving time since 2019.
BRASILIA: Final = timezone(timedelta(hours=-3))
CONVERSATIONS_AT_ONCE: Final = 500
MESSAGES_AT_ONCE: Final = 2_000
PACE: Final = timedelta(seconds=90)
MAX_DURATION: Final = timedelta(days=60)
MAX_AGE: Final = timedelta(days=30)
SHOWN: Final = 5


@final
class Seeder:
    """Conversations with a number of messages each. The memory used does not depend on the numbers."""

    def __init__(self, messages: int, seed: int) -> None:
        self._messages = messages
        self._random = Random(seed)  # noqa: S311 - sample data, not a secret
        self._writer = Writer(seed)
        # A very long conversation is faster, instead of starting years ago.
        self._pace = min(PACE, MAX_DURATION / (messages + 1))

    def create(self, conversations: int) -> list[Conversation]:
        """Return the first few of the created conversations."""
        first: list[Conversation] = []
        with tqdm(total=conversations * self._messages, unit=' messages', disable=None, leave=False) as progress:
            for numbers in batched(range(conversations), CONVERSATIONS_AT_ONCE, strict=False):
                rows = Conversation.objects.bulk_create([self._conversation(number) for number in numbers])
                first += rows[: SHOWN - len(first)]
                for batch in batched(chain.from_iterable(map(self._dialogue, rows)), MESSAGES_AT_ONCE, strict=False):
                    Message.objects.bulk_create(batch)
                    progress.update(len(batch))
        return first

    def _conversation(self, number: int) -> Conversation:
        duration = self._pace * (self._messages + 1)
        opened_at: datetime = now() - duration - MAX_AGE * self._random.random()
        if number % 2 == 0:
            return ConversationRowFactory.build(opened_at=opened_at)
        return ConversationRowFactory.build(
            opened_at=opened_at, closed_at=opened_at + duration, status=ConversationStatus.CLOSED
        )

    def _dialogue(self, conversation: Conversation) -> Iterator[Message]:
        hour = conversation.opened_at.astimezone(BRASILIA).hour
        lines = self._writer.dialogue(self._messages, hour=hour, ends=conversation.closed_at is not None)
        for number, (direction, content) in enumerate(lines):
            yield MessageRowFactory.build(
                conversation=conversation,
                direction=direction,
                content=content,
                external_timestamp=conversation.opened_at + self._pace * (number + self._random.uniform(0.1, 0.9)),
            )
