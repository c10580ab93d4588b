"""What the use cases need of the storage of events that did not apply."""

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
    """One row for each distinct event. What a method wrote is committed when it returns."""

    def record(self, event: WebhookEvent, *, status: UnappliedStatus, reason: str) -> None:
        """Count one more delivery and keep the event with the latest status and reason. A dismissed one stays so.

        Raises: UnappliedEventsFullError.
        """

    def mark_applied(self, event: WebhookEvent) -> None:
        """Mark the event as applied and blank its contents. An event that was never recorded is no error."""

    def mark_refused(self, event: WebhookEvent, *, reason: str) -> None:
        """Mark the event as refused if it is held or refused."""

    def dismiss(self, wanted: UnappliedFilter) -> int:
        """Dismiss held and refused events and blank their contents. Return their number."""

    def discard(self, event: WebhookEvent) -> None:
        """Delete the event. An event that was never recorded is no error."""

    def held_for(self, conversation_id: UUID) -> Iterable[UnappliedEvent]:
        """The events that wait for a conversation, as committed at the call.

        Oldest timestamp first; at the same instant messages before the close.
        """

    def unapplied(self, wanted: UnappliedFilter) -> Iterable[UnappliedEvent]:
        """Held and refused events, in the order of `held_for`, as committed at the call; read in batches."""

    def count_unapplied(self, wanted: UnappliedFilter) -> int:
        """How many `unapplied` would give."""

    def backlog(self) -> Backlog:
        """What is kept just now; every status is in it, if only with 0."""

    def prune(self, last_received_before: datetime, *, held_too: bool) -> int:
        """Delete what was last received before an instant; what is held stays, unless `held_too`. How many went."""
