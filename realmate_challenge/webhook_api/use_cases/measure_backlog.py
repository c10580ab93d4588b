"""Measure what is kept unapplied."""

from dataclasses import dataclass
from typing import final

from realmate_challenge.webhook_api.contracts.repositories.unapplied_events import UnappliedEventRepository
from realmate_challenge.webhook_api.entities.unapplied_event import Backlog


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureBacklog:
    unapplied_events: UnappliedEventRepository

    def __call__(self) -> Backlog:
        return self.unapplied_events.backlog()
