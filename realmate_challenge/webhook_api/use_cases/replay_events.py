from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, final

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api.contracts.repositories.unapplied_events import UnappliedEventRepository
from realmate_challenge.webhook_api.entities.events import Outcome, WebhookEvent
from realmate_challenge.webhook_api.entities.unapplied_event import (
    UNSETTLED,
    UnappliedEvent,
    UnappliedFilter,
    UnappliedStatus,
    status_after,
)

# The outcome of an event that is settled now, or the status of one that is not.
type ReplayResult = Outcome | UnappliedStatus

RESULTS: Final[tuple[ReplayResult, ...]] = (*Outcome, *UNSETTLED)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayEvents:
    """Safe to run twice, beside another replay and beside deliveries. `retry` is `HandleWebhookEvent.retry`."""

    retry: Callable[[WebhookEvent], Outcome]
    unapplied_events: UnappliedEventRepository

    def __call__(self, wanted: UnappliedFilter) -> Iterator[tuple[UnappliedEvent, ReplayResult]]:
        """Yield each event after its retry; the result of an unreadable one is INVALID.

        Raises: `UnavailableError`; the retries before it stay done.
        """
        for unapplied in self.unapplied_events.unapplied(wanted):
            yield unapplied, self._retry(unapplied)

    def count(self, wanted: UnappliedFilter) -> int:
        """Return the number of events that a call would retry."""
        return self.unapplied_events.count_unapplied(wanted)

    def _retry(self, unapplied: UnappliedEvent) -> ReplayResult:
        event = unapplied.event
        if event is None:
            return UnappliedStatus.INVALID
        if unapplied.is_waiting:
            return UnappliedStatus.HELD
        if unapplied.status is UnappliedStatus.INVALID:
            # This version can read it. Hold the event before its body is deleted: a crash in between loses nothing.
            self.unapplied_events.record(event, status=UnappliedStatus.HELD, reason=unapplied.reason)
            self.unapplied_events.discard(unapplied.digest)
        try:
            return self.retry(event)
        except DomainError as error:
            return status_after(error)
