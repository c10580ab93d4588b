"""What the use cases need of the storage of conversations."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from realmate_challenge.webhook_api.entities.conversation import Conversation


class ConversationRepository(Protocol):
    """Every method is atomic, and durable when it returns. Instants are aware and in UTC."""

    def add(self, conversation: Conversation) -> bool:
        """Store an open conversation unless its id is taken or erased. True if, and only if, this call stored it."""

    def close(self, conversation_id: UUID, closed_at: datetime) -> bool:
        """Close the conversation if it exists and is open. True if, and only if, this call closed it."""

    def get(self, conversation_id: UUID) -> Conversation | None:
        """The conversation as last committed.

        Raises: ConversationErasedError.
        """

    def erase(self, conversation_id: UUID, erased_at: datetime) -> None:
        """Delete the conversation, its messages and the unapplied events kept for it, and remember the id as erased.

        The conversation need not exist. The first erasure sets the time that is remembered. An opening, a message or a
        held event that races the erasure is deleted too, or not stored. The memory used does not grow with the history.
        """
