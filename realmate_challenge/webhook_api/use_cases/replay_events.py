"""Try again what is held or refused."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, final

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api.contracts.repositories.unapplied_events import UnappliedEventRepository
from realmate_challenge.webhook_api.entities.conversation import ConversationNotFoundError
from realmate_challenge.webhook_api.entities.events import Outcome, WebhookEvent
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedEvent, UnappliedFilter


@final
class ReplayResult(StrEnum):
    APPLIED = 'applied'
    ALREADY_APPLIED = 'already applied'
    STILL_HELD = 'still held'
    STILL_REFUSED = 'still refused'
    DROPPED = 'dropped'


RESULTS: Final = {
    Outcome.APPLIED: ReplayResult.APPLIED,
    Outcome.REDELIVERED: ReplayResult.ALREADY_APPLIED,
    Outcome.DROPPED: ReplayResult.DROPPED,
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayEvents:
    """Safe to run twice, beside another replay, and beside live traffic: every step of it is idempotent.

    `retry` is `RetryEvent`.
    """

    retry: Callable[[WebhookEvent], Outcome]
    unapplied_events: UnappliedEventRepository

    def __call__(self, wanted: UnappliedFilter) -> Iterator[tuple[UnappliedEvent, ReplayResult]]:
        """Yields each event once it has been tried. Raises: `UnavailableError`; what was tried before stays done."""
        for unapplied in self.unapplied_events.unapplied(wanted):
            yield unapplied, self._retry(unapplied.event)

    def count(self, wanted: UnappliedFilter) -> int:
        """How many events a call would try."""
        return self.unapplied_events.count_unapplied(wanted)

    def _retry(self, event: WebhookEvent) -> ReplayResult:
        try:
            outcome = self.retry(event)
        except ConversationNotFoundError:
            return ReplayResult.STILL_HELD
        except DomainError:
            return ReplayResult.STILL_REFUSED
        return RESULTS[outcome]
