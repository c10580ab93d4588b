from dataclasses import dataclass
from typing import final

from realmate_challenge.webhook_api.contracts.repositories.conversations import ConversationRepository
from realmate_challenge.webhook_api.entities.conversation import (
    ContentionError,
    Conversation,
    ConversationAlreadyExistsError,
)
from realmate_challenge.webhook_api.entities.events import NewConversation, Outcome


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CreateConversation:
    conversations: ConversationRepository

    def __call__(self, event: NewConversation) -> Outcome:
        """Raises: ConversationAlreadyExistsError, ContentionError."""
        conversation = Conversation(id=event.conversation_id, opened_at=event.timestamp)
        if self.conversations.add(conversation):
            return Outcome.APPLIED
        stored = self.conversations.get(conversation.id)
        if stored is None:  # deleted outside of this service
            raise ContentionError(conversation.id)
        if stored.opened_at == conversation.opened_at:
            return Outcome.REDELIVERED
        raise ConversationAlreadyExistsError(conversation.id)
