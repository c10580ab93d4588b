"""Forget old unapplied events."""

from dataclasses import dataclass
from datetime import datetime
from typing import final

from realmate_challenge.webhook_api.contracts.repositories.unapplied_events import UnappliedEventRepository


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PruneEvents:
    unapplied_events: UnappliedEventRepository

    def __call__(self, last_received_before: datetime, *, held_too: bool) -> int:
        """How many went. What is held still waits for its conversation, and stays unless `held_too`."""
        return self.unapplied_events.prune(last_received_before, held_too=held_too)
