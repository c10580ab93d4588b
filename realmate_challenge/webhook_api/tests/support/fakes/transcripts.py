"""`TranscriptRepository` in memory."""

from dataclasses import dataclass, field
from operator import attrgetter
from typing import final
from uuid import UUID

from realmate_challenge.webhook_api.entities.transcript import Transcript
from realmate_challenge.webhook_api.tests.support.fakes.store import InMemoryStore


@final
@dataclass(frozen=True, slots=True)
class InMemoryTranscriptRepository:
    store: InMemoryStore = field(default_factory=InMemoryStore)

    def read(self, conversation_id: UUID, *, offset: int, limit: int, newest_first: bool) -> Transcript | None:
        with self.store.lock:
            conversation = self.store.conversations.get(conversation_id)
            messages = [
                message for message in self.store.messages.values() if message.conversation_id == conversation_id
            ]
        if conversation is None:
            return None
        messages.sort(key=attrgetter('timestamp', 'id'), reverse=newest_first)
        return Transcript(
            conversation=conversation,
            message_count=len(messages),
            messages=messages[offset : offset + limit],
        )
