from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import final
from uuid import UUID

from realmate_challenge.shared.errors import DomainError, NotFoundError, UnavailableError
from realmate_challenge.webhook_api.entities.events import WebhookEvent


@final
class UnappliedStatus(StrEnum):
    """Held: waits for its conversation. Refused: by a rule. Applied: by a retry. Dismissed: by an operator."""

    HELD = 'held'
    REFUSED = 'refused'
    APPLIED = 'applied'
    DISMISSED = 'dismissed'


def status_after(error: DomainError) -> UnappliedStatus:
    """Return what becomes of an event that failed: it is held if something that it needs does not exist yet."""
    return UnappliedStatus.HELD if isinstance(error, NotFoundError) else UnappliedStatus.REFUSED


class UnappliedEventsFullError(UnavailableError):
    """The store is full of held events, so another event cannot be kept. A later delivery may succeed."""

    def __init__(self) -> None:
        super().__init__('The store of unapplied events is full of held events.')


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class UnappliedEvent:
    """One for each distinct event, however often it is delivered. `reason` is the code of the last error."""

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
    """The number of kept events by status, the bytes of their payloads, and the arrival of the oldest held one."""

    counts: Mapping[UnappliedStatus, int]
    payload_bytes: int
    oldest_held_at: datetime | None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class UnappliedFilter:
    """Select held and refused events. None matches any value."""

    conversation_id: UUID | None = None
    digests: frozenset[str] | None = None
    reason: str | None = None
    held_only: bool = False
