"""The one entrance for the platform's events."""

from dataclasses import dataclass
from typing import final

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api.contracts.repositories.unapplied_events import UnappliedEventRepository
from realmate_challenge.webhook_api.entities.conversation import ConversationNotFoundError
from realmate_challenge.webhook_api.entities.events import NewConversation, Outcome, WebhookEvent
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus
from realmate_challenge.webhook_api.use_cases.apply_event import ApplyEvent
from realmate_challenge.webhook_api.use_cases.retry_event import RetryEvent


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class HandleWebhookEvent:
    """Applies the event, or keeps it: acknowledged or unapplied, never neither. Idempotent.

    No event is stranded between a conversation that opens and a message that does not find it: the one side holds
    first (committed), then tries again; the other opens first (committed), then looks at what is held. Whichever way
    the steps interleave, the later of the two commits is followed by a look that sees the earlier one.
    """

    apply: ApplyEvent
    retry: RetryEvent
    unapplied_events: UnappliedEventRepository

    def __call__(self, event: WebhookEvent) -> Outcome:
        """Raises: the `DomainError` that refuses the event; `UnavailableError`."""
        try:
            outcome = self.apply(event)
        except ConversationNotFoundError as error:
            self.unapplied_events.record(event, status=UnappliedStatus.HELD, reason=error.code)
            return self.retry(event)
        except DomainError as error:
            self.unapplied_events.record(event, status=UnappliedStatus.REFUSED, reason=error.code)
            raise
        # After a redelivery too: the delivery before may have died between opening and looking.
        if isinstance(event, NewConversation):
            self._release(event)
        return outcome

    def _release(self, opened: NewConversation) -> None:
        for held in self.unapplied_events.held_for(opened.conversation_id):
            try:
                self.retry(held.event)
            except DomainError:
                # Kept as refused, and not the opener's concern.
                continue
