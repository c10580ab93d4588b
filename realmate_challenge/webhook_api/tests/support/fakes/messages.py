"""`MessageRepository` in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from realmate_challenge.webhook_api.entities.message import Message
from realmate_challenge.webhook_api.tests.support.fakes.store import InMemoryStore


@dataclass(frozen=True, slots=True)
class InMemoryMessageRepository:
    store: InMemoryStore = field(default_factory=InMemoryStore)

    def add(self, message: Message, *, accept_late: bool, alone: bool = False) -> bool:
        with self.store.lock:
            if message.id in self.store.messages:
                return False
            conversation = self.store.conversations.get(message.conversation_id)
            if conversation is None or not conversation.accepts_message_of(message.timestamp, accept_late=accept_late):
                return False
            self.store.messages[message.id] = message
            return True

    def add_all(self, messages: Sequence[Message], *, accept_late: bool) -> frozenset[UUID]:
        with self.store.lock:
            return frozenset(message.id for message in messages if self.add(message, accept_late=accept_late))

    def get(self, message_id: UUID) -> Message | None:
        with self.store.lock:
            return self.store.messages.get(message_id)
