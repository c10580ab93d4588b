"""Repositories of a conversation that others change between every write and the look that follows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import final
from uuid import UUID

from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.message import Message


@final
@dataclass(frozen=True, slots=True)
class ContendedConversationRepository:
    """Blocked at each write, free at each look; the write after `passes_after` blocked ones passes."""

    conversation: Conversation | None
    passes_after: int | None = None
    _tries: Iterator[int] = field(default_factory=count)

    def add(self, conversation: Conversation) -> bool:
        return next(self._tries) == self.passes_after

    def close(self, conversation_id: UUID, closed_at: datetime) -> bool:
        return next(self._tries) == self.passes_after

    def get(self, conversation_id: UUID) -> Conversation | None:
        return self.conversation

    def erase(self, conversation_id: UUID, erased_at: datetime) -> None:
        raise NotImplementedError


@final
@dataclass(frozen=True, slots=True)
class ContendedMessageRepository:
    """Blocked at each write, and never there at a look; the write after `passes_after` blocked ones passes."""

    passes_after: int | None = None
    _tries: Iterator[int] = field(default_factory=count)

    def add(self, message: Message, *, accept_late: bool) -> bool:
        return next(self._tries) == self.passes_after

    def get(self, message_id: UUID) -> Message | None:
        return None
