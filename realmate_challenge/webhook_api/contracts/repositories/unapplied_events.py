from collections.abc import Iterable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from realmate_challenge.webhook_api.entities.events import WebhookEvent
from realmate_challenge.webhook_api.entities.unapplied_event import (
    Backlog,
    UnappliedEvent,
    UnappliedFilter,
    UnappliedStatus,
)


class UnappliedEventRepository(Protocol):
    """One row for each distinct event. Writes are committed when the method returns."""

    def record(self, event: WebhookEvent, *, status: UnappliedStatus, reason: str) -> None:
        """Count a delivery, and keep the event with the new status and reason. A dismissed event stays dismissed.

        Raises: UnappliedEventsFullError.
        """

    def record_invalid(self, body: str, *, event_type: str, errors: str) -> None:
        """Count a delivery, and keep the body of an invalid event. A dismissed body stays dismissed.

        The oldest ones over `WEBHOOK_MAX_INVALID_EVENTS` are deleted. Raises: UnappliedEventsFullError.
        """

    def mark_applied(self, applied: Iterable[WebhookEvent]) -> None:
        """Mark those of the events that are kept as applied, and blank their payloads, in one atomic step."""

    def mark_refused(self, event: WebhookEvent, *, reason: str) -> None:
        """Mark the event as refused if it is unsettled."""

    def dismiss(self, wanted: UnappliedFilter) -> int:
        """Dismiss unsettled events, readable or not, and blank their payloads. Return their number."""

    def discard(self, digest: str) -> None:
        """Delete the event, if it is kept."""

    def held_for(self, conversation_id: UUID) -> Iterable[UnappliedEvent]:
        """Return the held events of a conversation by timestamp, then by `RELEASE_ORDER`."""

    def unapplied(self, wanted: UnappliedFilter) -> Iterable[UnappliedEvent]:
        """Yield unsettled events in the order of `held_for`, then invalid ones. Later arrivals are left out."""

    def count_unapplied(self, wanted: UnappliedFilter) -> int:
        """Return the number of events that `unapplied` would yield."""

    def backlog(self) -> Backlog:
        """Return the numbers of kept events, with every status."""

    def prune(self, last_received_before: datetime, *, invalid_before: datetime, held_too: bool) -> int:
        """Delete events last received before an instant, held ones only if `held_too`. Return their number.

        Invalid events have an instant of their own.
        """
