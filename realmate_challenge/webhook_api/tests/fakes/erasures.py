"""`ErasureRepository` in memory."""

from dataclasses import dataclass, field
from typing import final
from uuid import UUID

from realmate_challenge.webhook_api.tests.fakes.store import InMemoryStore


@final
@dataclass(frozen=True, slots=True)
class InMemoryErasureRepository:
    store: InMemoryStore = field(default_factory=InMemoryStore)

    def erase(self, conversation_id: UUID) -> bool:
        with self.store.lock:
            if self.store.conversations.pop(conversation_id, None) is None:
                return False
            messages = [key for key, each in self.store.messages.items() if each.conversation_id == conversation_id]
            for message_id in messages:
                del self.store.messages[message_id]
            kept = self.store.unapplied_events
            for digest in [key for key, each in kept.items() if each.event.conversation_id == conversation_id]:
                del kept[digest]
        return True
