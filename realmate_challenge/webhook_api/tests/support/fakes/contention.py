"""Repositories of a conversation that other processes change between every write and the read after it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from uuid import UUID

from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.message import Message
from realmate_challenge.webhook_api.tests.support.fakes.conversations import InMemoryConversationRepository
from realmate_challenge.webhook_api.tests.support.fakes.messages import InMemoryMessageRepository


@dataclass(frozen=True)
class ContendedConversationRepository(InMemoryConversationRepository):
    """Each write fails, except the one after `failures`; each read returns `conversation`."""

    conversation: Conversation | None = None
    failures: int | None = None
    _tries: Iterator[int] = field(default_factory=count)

    def add(self, conversation: Conversation) -> bool:
        return next(self._tries) == self.failures

    def close(self, conversation_id: UUID, closed_at: datetime) -> bool:
        return next(self._tries) == self.failures

    def get(self, conversation_id: UUID) -> Conversation | None:
        return self.conversation


@dataclass(frozen=True)
class ContendedMessageRepository(InMemoryMessageRepository):
    """Each write fails, except the one after `failures`; no read finds the message."""

    failures: int | None = None
    _tries: Iterator[int] = field(default_factory=count)

    def add(self, message: Message, *, accept_late: bool, alone: bool = False) -> bool:
        return next(self._tries) == self.failures
