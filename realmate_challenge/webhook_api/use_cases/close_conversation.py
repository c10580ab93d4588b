from dataclasses import dataclass
from typing import final

from realmate_challenge.webhook_api.contracts.repositories.conversations import ConversationRepository
from realmate_challenge.webhook_api.entities import events
from realmate_challenge.webhook_api.entities.conversation import (
    MAX_TRIES,
    ContentionError,
    ConversationAwaitedError,
    ConversationClosedError,
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CloseConversation:
    conversations: ConversationRepository

    def __call__(self, event: events.CloseConversation) -> events.Outcome:
        """Raises: ConversationAwaitedError, ConversationClosedError, ContentionError."""
        for _ in range(MAX_TRIES):
            if self.conversations.close(event.conversation_id, event.timestamp):
                return events.Outcome.APPLIED
            stored = self.conversations.get(event.conversation_id)
            if stored is None:
                raise ConversationAwaitedError(event.conversation_id)
            if stored.closed_at == event.timestamp:
                return events.Outcome.REDELIVERED
            if stored.closed_at is not None:
                raise ConversationClosedError(event.conversation_id)
        raise ContentionError(event.conversation_id)
