"""Say of events that did not apply that they need not."""

from dataclasses import dataclass
from typing import final

from realmate_challenge.webhook_api.contracts.repositories.unapplied_events import UnappliedEventRepository
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedFilter, UnappliedStatus


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DismissEvents:
    unapplied_events: UnappliedEventRepository

    def __call__(self, wanted: UnappliedFilter) -> int:
        """How many were dismissed. A later delivery of the same event is judged, and if need be kept, anew."""
        dismissed = 0
        for unapplied in self.unapplied_events.unapplied(wanted):
            self.unapplied_events.settle(unapplied.event, status=UnappliedStatus.DISMISSED)
            dismissed += 1
        return dismissed
