"""What the platform reports: one type per event. `timestamp` is the event's own instant, in UTC."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import final
from uuid import UUID

from realmate_challenge.webhook_api.entities.message import MessageDirection


@final
class EventType(StrEnum):
    NEW_CONVERSATION = 'NEW_CONVERSATION'
    NEW_MESSAGE = 'NEW_MESSAGE'
    CLOSE_CONVERSATION = 'CLOSE_CONVERSATION'


@final
class Outcome(StrEnum):
    """How an acknowledged event ended: it changed something, or it had been applied before."""

    APPLIED = 'applied'
    REDELIVERED = 'redelivered'


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NewConversation:
    conversation_id: UUID
    timestamp: datetime


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    conversation_id: UUID
    timestamp: datetime
    message_id: UUID
    direction: MessageDirection
    content: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CloseConversation:
    conversation_id: UUID
    timestamp: datetime


type WebhookEvent = NewConversation | NewMessage | CloseConversation
