from datetime import datetime
from typing import Protocol
from uuid import UUID

from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.pages import ConversationFilter, ConversationList, Transcript


class ConversationRepository(Protocol):
    """Every write is atomic, and durable when the method returns. Times are aware and in UTC."""

    def add(self, conversation: Conversation) -> bool:
        """Store an open conversation. Return False if its id is taken or erased."""

    def close(self, conversation_id: UUID, closed_at: datetime) -> bool:
        """Close an open conversation. Return False if there is none."""

    def get(self, conversation_id: UUID) -> Conversation | None:
        """Return the conversation as last committed. That commit is durable when the method returns.

        Raises: ConversationErasedError.
        """

    def read_page(self, conversation_id: UUID, *, offset: int, limit: int, newest_first: bool) -> Transcript | None:
        """Return the conversation with messages by timestamp, `received_at` and id, at a cost that does not grow."""

    def list_page(self, wanted: ConversationFilter, *, offset: int, limit: int, newest_first: bool) -> ConversationList:
        """Return the count of the wanted conversations and one page of them by opening time, then id."""

    def erase(self, conversation_id: UUID, erased_at: datetime) -> None:
        """Delete the conversation, its messages and its kept events, and remember the id. It need not exist.

        An opening, a message or a held event that races the erasure is deleted too, or not stored. The memory used does
        not grow with the number of messages.
        """
