"""Conversations, and the rules for their events."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, final
from uuid import UUID

from realmate_challenge.shared.errors import DomainError, NotFoundError, UnavailableError

# A use case that loses every race gives up after so many.
MAX_TRIES: Final = 3


@final
class ConversationStatus(StrEnum):
    OPEN = 'OPEN'
    CLOSED = 'CLOSED'


class ConversationNotFoundError(NotFoundError):
    """The conversation has not been opened yet."""

    code: ClassVar[str] = 'CONVERSATION_NOT_FOUND'
    message: ClassVar[str] = 'Conversation {} does not exist.'


class ConversationAwaitedError(ConversationNotFoundError):
    """An event arrived before its conversation. It is kept."""

    message: ClassVar[str] = f'{ConversationNotFoundError.message} The event is kept, and applied when it does.'


class ConversationErasedError(DomainError):
    """The conversation was erased. Only its id and the time of erasure are stored."""


class ConversationAlreadyExistsError(DomainError):
    """The conversation was opened with another timestamp."""

    code: ClassVar[str] = 'CONVERSATION_ALREADY_EXISTS'
    message: ClassVar[str] = 'Conversation {} already exists, opened at another time.'


class ConversationClosedError(DomainError):
    """A closed conversation accepts no message, and no close with another timestamp."""

    code: ClassVar[str] = 'CONVERSATION_CLOSED'
    message: ClassVar[str] = 'Conversation {} is closed.'


class ContentionError(UnavailableError):
    """The conversation changed between every write and the read after it. A later delivery will succeed."""

    def __init__(self, conversation_id: UUID) -> None:
        super().__init__(f'Conversation {conversation_id} is changing too fast; try again.')


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Times are those of the platform, in UTC. `closed_at` is None while the conversation is open."""

    id: UUID
    opened_at: datetime
    closed_at: datetime | None = None

    @property
    def status(self) -> ConversationStatus:
        return ConversationStatus.OPEN if self.closed_at is None else ConversationStatus.CLOSED

    def accepts_message_of(self, sent_at: datetime, *, accept_late: bool) -> bool:
        """Return whether the conversation is open, or `accept_late` and the message was sent before the close.

        A message of the instant of the close counts as sent before it.
        """
        return self.closed_at is None or (accept_late and sent_at <= self.closed_at)
