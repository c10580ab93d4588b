"""An authentic event that did not apply, kept so that nothing is lost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import final
from uuid import UUID

from realmate_challenge.shared.errors import UnavailableError
from realmate_challenge.webhook_api.entities.events import WebhookEvent


@final
class UnappliedStatus(StrEnum):
    """Held: waits for its conversation. Refused: by the rules. Applied: later, after all. Dismissed: by an operator."""

    HELD = 'held'
    REFUSED = 'refused'
    APPLIED = 'applied'
    DISMISSED = 'dismissed'


class UnappliedEventsFullError(UnavailableError):
    """Held events alone fill the store, so this event cannot be kept. A later delivery may pass."""

    def __init__(self) -> None:
        super().__init__('The store of unapplied events is full of held events.')


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class UnappliedEvent:
    """One for each distinct event, however often it was delivered. `reason` is the code of the error that answered."""

    event: WebhookEvent
    status: UnappliedStatus
    reason: str
    deliveries: int
    first_received_at: datetime
    last_received_at: datetime
    applied_at: datetime | None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """The number of kept events by status, the bytes of their contents, and when the oldest held one came."""

    counts: Mapping[UnappliedStatus, int]
    payload_bytes: int
    oldest_held_at: datetime | None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class UnappliedFilter:
    """Which held and refused events are meant; None: no matter."""

    conversation_id: UUID | None = None
    digests: frozenset[str] | None = None
    reason: str | None = None
    held_only: bool = False
