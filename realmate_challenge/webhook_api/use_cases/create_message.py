"""Store a message."""

from dataclasses import dataclass
from typing import final

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api.contracts.repositories.conversations import ConversationRepository
from realmate_challenge.webhook_api.contracts.repositories.messages import MessageRepository
from realmate_challenge.webhook_api.entities.conversation import ConversationClosedError, ConversationNotFoundError
from realmate_challenge.webhook_api.entities.events import NewMessage, Outcome
from realmate_challenge.webhook_api.entities.message import Message, MessageAlreadyExistsError
from realmate_challenge.webhook_api.use_cases.contention import MAX_TRIES, ContentionError


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMessage:
    """Write first, explain after: one atomic write decides, and only when it wrote nothing is the reason read."""

    conversations: ConversationRepository
    messages: MessageRepository
    accept_late: bool

    def __call__(self, event: NewMessage) -> Outcome:
        """Raises: ConversationNotFoundError, ConversationClosedError, MessageAlreadyExistsError, ContentionError."""
        message = Message(
            id=event.message_id,
            conversation_id=event.conversation_id,
            direction=event.direction,
            content=event.content,
            timestamp=event.timestamp,
        )
        for _ in range(MAX_TRIES):
            if self.messages.add(message, accept_late=self.accept_late):
                return Outcome.APPLIED
            if self._is_stored(message):
                return Outcome.REDELIVERED
            refusal = self._refusal(message)
            if refusal is None:
                continue
            # A copy may have been stored after the look above, and before the conversation closed. Since it has,
            # nobody can store the message any more: what this look does not find is refused for good.
            if self._is_stored(message):
                return Outcome.REDELIVERED
            raise refusal
        raise ContentionError(event.conversation_id)

    def _is_stored(self, message: Message) -> bool:
        stored = self.messages.get(message.id)
        if stored is not None and stored != message:
            raise MessageAlreadyExistsError(message.id)
        return stored is not None

    def _refusal(self, message: Message) -> DomainError | None:
        """Why the conversation does not take the message; None means that by now it would."""
        conversation = self.conversations.get(message.conversation_id)
        if conversation is None:
            return ConversationNotFoundError(message.conversation_id)
        if not conversation.accepts_message_of(message.timestamp, accept_late=self.accept_late):
            return ConversationClosedError(conversation.id)
        return None
