from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar, final
from uuid import UUID

from realmate_challenge.shared.errors import DomainError

MAX_CONTENT_LENGTH = 65_536


@final
class MessageDirection(StrEnum):
    SENT = 'SENT'
    RECEIVED = 'RECEIVED'


class MessageAlreadyExistsError(DomainError):
    """The message was stored with other content."""

    code: ClassVar[str] = 'MESSAGE_ALREADY_EXISTS'
    message: ClassVar[str] = 'Message {} already exists with other content.'


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`timestamp` is the time of sending by the clock of the platform, `received_at` is our time; both are in UTC.

    Copies of a message are equal: `received_at` does not count.
    """

    id: UUID
    conversation_id: UUID
    direction: MessageDirection
    content: str
    timestamp: datetime
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False, repr=False)
