from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, final
from uuid import UUID

from realmate_challenge.shared.errors import DomainError, NotFoundError, UnavailableError
from realmate_challenge.webhook_api.entities.events import WebhookEvent


@final
class UnappliedStatus(StrEnum):
    """What became of an event that did not apply at once.

    Held: waits for its conversation. Refused: by a rule. Invalid: an authentic body that is not a valid event. Applied:
    by a retry. Dismissed: by an operator.
    """

    HELD = 'held'
    REFUSED = 'refused'
    INVALID = 'invalid'
    APPLIED = 'applied'
    DISMISSED = 'dismissed'


# The reason of an invalid event: the code of the answer to its sender.
INVALID_REASON: Final = 'VALIDATION_ERROR'
# Statuses of events that a retry may still apply.
UNSETTLED: Final = (UnappliedStatus.HELD, UnappliedStatus.REFUSED, UnappliedStatus.INVALID)


def status_after(error: DomainError) -> UnappliedStatus:
    """Return what becomes of an event that failed: it is held if something that it needs does not exist yet."""
    return UnappliedStatus.HELD if isinstance(error, NotFoundError) else UnappliedStatus.REFUSED


class UnreadableEventError(Exception):
    """A kept payload is not a valid event by the rules of this version. The message has the errors of its fields."""


class UnappliedEventsFullError(UnavailableError):
    """The store is full of held events, so another event cannot be kept. A later delivery may succeed."""

    def __init__(self) -> None:
        super().__init__('The store of unapplied events is full of held events.')


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class UnappliedEvent:
    """One for each distinct event, however often it is delivered. `reason` is the code of the last error.

    `event` is None if this version cannot read the event; `errors` says why. `type` is empty if it is unknown.
    `is_waiting`: it is held, and its conversation does not exist yet.
    """

    digest: str
    type: str
    event: WebhookEvent | None
    status: UnappliedStatus
    reason: str
    errors: str
    deliveries: int
    first_received_at: datetime
    last_received_at: datetime
    applied_at: datetime | None
    is_waiting: bool = False


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
    """Select unsettled events. None matches any value."""

    conversation_id: UUID | None = None
    digests: frozenset[str] | None = None
    reason: str | None = None
    held_only: bool = False
