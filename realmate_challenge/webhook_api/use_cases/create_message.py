from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api.contracts.repositories.conversations import ConversationRepository
from realmate_challenge.webhook_api.contracts.repositories.messages import MessageRepository
from realmate_challenge.webhook_api.entities.conversation import (
    MAX_TRIES,
    ContentionError,
    ConversationAwaitedError,
    ConversationClosedError,
)
from realmate_challenge.webhook_api.entities.events import NewMessage, Outcome
from realmate_challenge.webhook_api.entities.message import Message, MessageAlreadyExistsError


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMessage:
    """Write first: one atomic statement decides. Read the reason only if it wrote nothing."""

    conversations: ConversationRepository
    messages: MessageRepository
    accept_late: bool

    def __call__(self, event: NewMessage) -> Outcome:
        """Raises: ConversationAwaitedError, ConversationErasedError, ConversationClosedError,
        MessageAlreadyExistsError, ContentionError.
        """
        message = event.message
        for tries in range(MAX_TRIES):
            if self.messages.add(message, accept_late=self.accept_late, alone=tries > 0):
                return Outcome.APPLIED
            if self.messages.get(message.id) == message:
                return Outcome.REDELIVERED
            refusal = self._refusal(message)
            # A copy may have been stored after the first look and before the conversation closed. A closed conversation
            # accepts no copy any more, so the second look is final.
            stored = self.messages.get(message.id)
            if stored == message:
                return Outcome.REDELIVERED
            if stored is not None:
                raise MessageAlreadyExistsError(message.id)
            if refusal is not None:
                raise refusal
        raise ContentionError(message.conversation_id)

    def apply_all(self, events: Sequence[NewMessage]) -> frozenset[NewMessage]:
        """Store new messages in one write, and return their events. Of the other events, a call tells the outcome."""
        # Of events with one id, only the first.
        by_id = {event.message.id: event for event in reversed(events)}
        stored = self.messages.add_all([event.message for event in by_id.values()], accept_late=self.accept_late)
        return frozenset(by_id[message_id] for message_id in stored)

    def _refusal(self, message: Message) -> DomainError | None:
        """Return why the conversation does not accept the message; None if it would accept it now."""
        conversation = self.conversations.get(message.conversation_id)
        if conversation is None:
            return ConversationAwaitedError(message.conversation_id)
        if not conversation.accepts_message_of(message.timestamp, accept_late=self.accept_late):
            return ConversationClosedError(conversation.id)
        return None
