"""What the use cases need of the storage of messages."""

from typing import Protocol
from uuid import UUID

from realmate_challenge.webhook_api.entities.message import Message


class MessageRepository(Protocol):
    """Every method is atomic, and durable when it returns. Instants are aware and in UTC."""

    def add(self, message: Message, *, accept_late: bool) -> bool:
        """Store the message if its conversation takes it and its id is free. True if, and only if, this call did.

        "Takes it" is `Conversation.accepts_message_of`, decided in the same atomic step as the write: a racing close
        comes wholly before it or wholly after.
        """

    def get(self, message_id: UUID) -> Message | None:
        """The message as last committed."""
