"""The platform's events: one type for each. `timestamp` is the instant of the event itself, in UTC."""

import json
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import ClassVar, Final, final
from uuid import UUID

from realmate_challenge.webhook_api.entities.message import Message


@final
class EventType(StrEnum):
    NEW_CONVERSATION = 'NEW_CONVERSATION'
    NEW_MESSAGE = 'NEW_MESSAGE'
    CLOSE_CONVERSATION = 'CLOSE_CONVERSATION'


# Held events of one instant are applied in this order: a message must come before the close of its conversation.
RELEASE_ORDER: Final = (EventType.NEW_CONVERSATION, EventType.NEW_MESSAGE, EventType.CLOSE_CONVERSATION)


@final
class Outcome(StrEnum):
    """Result of an acknowledged event. Dropped: its conversation was erased, and nothing of the event is kept."""

    APPLIED = 'applied'
    REDELIVERED = 'redelivered'
    DROPPED = 'dropped'


# The held events of a conversation are applied after these, which costs a read. A redelivered opening is one of them,
# because the process of the first delivery may have ended between opening and releasing.
RELEASING: Final = frozenset(
    {(EventType.NEW_CONVERSATION, Outcome.APPLIED), (EventType.NEW_CONVERSATION, Outcome.REDELIVERED)}
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NewConversation:
    type: ClassVar[EventType] = EventType.NEW_CONVERSATION
    conversation_id: UUID
    timestamp: datetime


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    type: ClassVar[EventType] = EventType.NEW_MESSAGE
    message: Message

    @property
    def conversation_id(self) -> UUID:
        return self.message.conversation_id

    @property
    def timestamp(self) -> datetime:
        return self.message.timestamp


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CloseConversation:
    type: ClassVar[EventType] = EventType.CLOSE_CONVERSATION
    conversation_id: UUID
    timestamp: datetime


type WebhookEvent = NewConversation | NewMessage | CloseConversation


def ids_of(event: WebhookEvent) -> dict[str, str]:
    """Return the ids of an event, for log lines."""
    ids = {'conversation_id': str(event.conversation_id)}
    return {**ids, 'message_id': str(event.message.id)} if isinstance(event, NewMessage) else ids


# The fields of an event in version 1 of its digest, in this order.
DIGEST_FIELDS: Final = ('conversation_id', 'timestamp', 'id', 'direction', 'content')


def digest(event: WebhookEvent) -> str:
    """Return a hash that is equal for two events if, and only if, they are equal.

    A field that is not in version 1 counts with its name, and not at all while it is None. So a new optional field does
    not change the digests of the events that are stored already.
    """
    content = event.message if isinstance(event, NewMessage) else event
    values = {field.name: getattr(content, field.name) for field in fields(content) if field.compare}
    text = {name: value.isoformat() if isinstance(value, datetime) else str(value) for name, value in values.items()}
    facts: list[object] = [event.type, *(text[name] for name in DIGEST_FIELDS if name in text)]
    facts += [[name, text[name]] for name in sorted(text.keys() - DIGEST_FIELDS) if values[name] is not None]
    return sha256(json.dumps(facts).encode()).hexdigest()
