"""Erase a conversation: a person's right."""

from dataclasses import dataclass
from typing import final
from uuid import UUID

from realmate_challenge.webhook_api.contracts.repositories.erasures import ErasureRepository
from realmate_challenge.webhook_api.entities.conversation import ConversationNotFoundError


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EraseConversation:
    """What the platform delivers for it later is held, as for a conversation never seen."""

    erasures: ErasureRepository

    def __call__(self, conversation_id: UUID) -> None:
        """Raises: ConversationNotFoundError."""
        if not self.erasures.erase(conversation_id):
            raise ConversationNotFoundError(conversation_id)
