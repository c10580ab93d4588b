"""Try an event that was kept once more."""

from dataclasses import dataclass
from typing import final

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api.contracts.repositories.unapplied_events import UnappliedEventRepository
from realmate_challenge.webhook_api.entities.conversation import ConversationNotFoundError
from realmate_challenge.webhook_api.entities.events import Outcome, WebhookEvent
from realmate_challenge.webhook_api.use_cases.apply_event import ApplyEvent


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RetryEvent:
    """Applies first (committed), then says so: a crash between the two is healed by the next try, which is harmless."""

    apply: ApplyEvent
    unapplied_events: UnappliedEventRepository

    def __call__(self, event: WebhookEvent) -> Outcome:
        """Raises: the `DomainError` that still refuses the event, having kept its reason; `UnavailableError`."""
        try:
            outcome = self.apply(event)
        except ConversationNotFoundError:
            raise
        except DomainError as error:
            self.unapplied_events.mark_refused(event, reason=error.code)
            raise
        if outcome is Outcome.DROPPED:
            self.unapplied_events.discard(event)
        else:
            self.unapplied_events.mark_applied(event)
        return outcome
