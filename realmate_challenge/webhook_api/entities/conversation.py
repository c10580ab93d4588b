"""A conversation of the customer-service platform and the rules about its life."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, final
from uuid import UUID

from realmate_challenge.shared.errors import DomainError, NotFoundError


@final
class ConversationStatus(StrEnum):
    OPEN = 'OPEN'
    CLOSED = 'CLOSED'


class ConversationNotFoundError(NotFoundError):
    """No event has opened this conversation yet."""

    code: ClassVar[str] = 'CONVERSATION_NOT_FOUND'

    def __init__(self, conversation_id: UUID) -> None:
        super().__init__(f'Conversation {conversation_id} does not exist.')
        self.conversation_id = conversation_id


class ConversationErasedError(DomainError):
    """The conversation was erased; only its id and the time of erasure are remembered."""

    code: ClassVar[str] = 'CONVERSATION_ERASED'

    def __init__(self, conversation_id: UUID) -> None:
        super().__init__(f'Conversation {conversation_id} was erased.')
        self.conversation_id = conversation_id


class ConversationAlreadyExistsError(DomainError):
    """The id belongs to a conversation that was opened at another time."""

    code: ClassVar[str] = 'CONVERSATION_ALREADY_EXISTS'

    def __init__(self, conversation_id: UUID) -> None:
        super().__init__(f'Conversation {conversation_id} already exists, opened at another time.')
        self.conversation_id = conversation_id


class ConversationClosedError(DomainError):
    """A closed conversation takes neither messages nor a second, different close."""

    code: ClassVar[str] = 'CONVERSATION_CLOSED'

    def __init__(self, conversation_id: UUID) -> None:
        super().__init__(f'Conversation {conversation_id} is closed.')
        self.conversation_id = conversation_id


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Times are the platform's own, in UTC; `closed_at` is set exactly when the conversation is closed."""

    id: UUID
    opened_at: datetime
    closed_at: datetime | None = None

    @property
    def status(self) -> ConversationStatus:
        return ConversationStatus.OPEN if self.closed_at is None else ConversationStatus.CLOSED

    def accepts_message_of(self, sent_at: datetime, *, accept_late: bool) -> bool:
        """An open conversation takes every message; a closed one, if late messages count, those sent before its end."""
        return self.closed_at is None or (accept_late and sent_at < self.closed_at)
