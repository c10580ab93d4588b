"""`ConversationRepository` in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import final
from uuid import UUID

from realmate_challenge.webhook_api.entities.conversation import (
    Conversation,
    ConversationErasedError,
    ConversationStatus,
)
from realmate_challenge.webhook_api.tests.support.fakes.store import InMemoryStore


@final
@dataclass(frozen=True, slots=True)
class InMemoryConversationRepository:
    store: InMemoryStore = field(default_factory=InMemoryStore)

    def add(self, conversation: Conversation) -> bool:
        with self.store.lock:
            if conversation.id in self.store.conversations or conversation.id in self.store.erased:
                return False
            self.store.conversations[conversation.id] = conversation
            return True

    def close(self, conversation_id: UUID, closed_at: datetime) -> bool:
        with self.store.lock:
            stored = self.store.conversations.get(conversation_id)
            if stored is None or stored.status is not ConversationStatus.OPEN:
                return False
            self.store.conversations[conversation_id] = replace(stored, closed_at=closed_at)
            return True

    def get(self, conversation_id: UUID) -> Conversation | None:
        with self.store.lock:
            if conversation_id in self.store.erased:
                raise ConversationErasedError(conversation_id)
            return self.store.conversations.get(conversation_id)

    def erase(self, conversation_id: UUID, erased_at: datetime) -> None:
        with self.store.lock:
            self.store.erased.setdefault(conversation_id, erased_at)
            self.store.conversations.pop(conversation_id, None)
            for message in list(self.store.messages.values()):
                if message.conversation_id == conversation_id:
                    del self.store.messages[message.id]
            for digest, kept in list(self.store.unapplied_events.items()):
                if kept.event.conversation_id == conversation_id:
                    del self.store.unapplied_events[digest]
