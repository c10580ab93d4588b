"""Open a conversation."""

from dataclasses import dataclass
from typing import final

from realmate_challenge.webhook_api.contracts.repositories.conversations import ConversationRepository
from realmate_challenge.webhook_api.entities.conversation import Conversation, ConversationAlreadyExistsError
from realmate_challenge.webhook_api.entities.events import NewConversation, Outcome
from realmate_challenge.webhook_api.use_cases.contention import MAX_TRIES, ContentionError


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CreateConversation:
    conversations: ConversationRepository

    def __call__(self, event: NewConversation) -> Outcome:
        """Raises: ConversationAlreadyExistsError, ContentionError."""
        conversation = Conversation(id=event.conversation_id, opened_at=event.timestamp)
        for _ in range(MAX_TRIES):
            if self.conversations.add(conversation):
                return Outcome.APPLIED
            stored = self.conversations.get(conversation.id)
            if stored is None:  # erased meanwhile: now the id is free
                continue
            if stored.opened_at == conversation.opened_at:
                return Outcome.REDELIVERED
            raise ConversationAlreadyExistsError(conversation.id)
        raise ContentionError(conversation.id)
