"""Give an event to the use case it is for."""

from dataclasses import dataclass
from typing import assert_never, final

from realmate_challenge.webhook_api.entities import events
from realmate_challenge.webhook_api.entities.conversation import ConversationErasedError
from realmate_challenge.webhook_api.use_cases.close_conversation import CloseConversation
from realmate_challenge.webhook_api.use_cases.create_conversation import CreateConversation
from realmate_challenge.webhook_api.use_cases.create_message import CreateMessage


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyEvent:
    """Idempotent: any number of copies of an event, in parallel or days apart, has the effect of one."""

    create_conversation: CreateConversation
    create_message: CreateMessage
    close_conversation: CloseConversation

    def __call__(self, event: events.WebhookEvent) -> events.Outcome:
        """Raises: the `DomainError` that refuses the event; `UnavailableError`."""
        try:
            return self._apply(event)
        except ConversationErasedError:
            return events.Outcome.DROPPED

    def _apply(self, event: events.WebhookEvent) -> events.Outcome:
        match event:
            case events.NewMessage():
                return self.create_message(event)
            case events.NewConversation():
                return self.create_conversation(event)
            case events.CloseConversation():
                return self.close_conversation(event)
            case _:
                assert_never(event)
