"""`ConversationRepository` in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import final
from uuid import UUID

from realmate_challenge.webhook_api.entities.conversation import Conversation, ConversationStatus
from realmate_challenge.webhook_api.tests.fakes.store import InMemoryStore


@final
@dataclass(frozen=True, slots=True)
class InMemoryConversationRepository:
    store: InMemoryStore = field(default_factory=InMemoryStore)

    def add(self, conversation: Conversation) -> bool:
        with self.store.lock:
            if conversation.id in self.store.conversations:
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
            return self.store.conversations.get(conversation_id)
