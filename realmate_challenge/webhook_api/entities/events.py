"""What the platform reports: one type per event. `timestamp` is the event's own instant, in UTC."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import assert_never, final
from uuid import UUID

from realmate_challenge.webhook_api.entities.message import MessageDirection


@final
class EventType(StrEnum):
    NEW_CONVERSATION = 'NEW_CONVERSATION'
    NEW_MESSAGE = 'NEW_MESSAGE'
    CLOSE_CONVERSATION = 'CLOSE_CONVERSATION'


@final
class Outcome(StrEnum):
    """How an acknowledged event ended. Dropped: its conversation was erased, and nothing of the event is kept."""

    APPLIED = 'applied'
    REDELIVERED = 'redelivered'
    DROPPED = 'dropped'


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


def type_of(event: WebhookEvent) -> EventType:
    match event:
        case NewConversation():
            return EventType.NEW_CONVERSATION
        case NewMessage():
            return EventType.NEW_MESSAGE
        case CloseConversation():
            return EventType.CLOSE_CONVERSATION
        case _:
            assert_never(event)


def digest(event: WebhookEvent) -> str:
    """The same for two events exactly when they say the same, however their JSON was spelled."""
    facts = [type_of(event), str(event.conversation_id), event.timestamp.isoformat()]
    if isinstance(event, NewMessage):
        facts += [str(event.message_id), event.direction, event.content]
    return sha256(json.dumps(facts).encode()).hexdigest()
