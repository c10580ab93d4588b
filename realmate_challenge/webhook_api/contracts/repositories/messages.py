from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from realmate_challenge.webhook_api.entities.message import Message


class MessageRepository(Protocol):
    """Every method is atomic, and durable when it returns. Times are aware and in UTC."""

    def add(self, message: Message, *, accept_late: bool, alone: bool = False) -> bool:
        """Store the message if its conversation accepts it (`Conversation.accepts_message_of`) and its id is free.

        Return whether it was stored. The decision and the write are one atomic step: a concurrent close comes before it
        or after it. Unless `alone`, the message may be written together with others, which never waits for a
        conversation: a message is not stored while its conversation is being changed.
        """

    def add_all(self, messages: Sequence[Message], *, accept_late: bool) -> frozenset[UUID]:
        """Store messages with different ids as `add` would, in one atomic step. Return the ids of the stored ones."""

    def get(self, message_id: UUID) -> Message | None:
        """Return the message as last committed. That commit is durable when the method returns."""
