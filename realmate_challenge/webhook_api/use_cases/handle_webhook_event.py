import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import batched, groupby
from typing import Any, Final, final
from uuid import UUID

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api.contracts.repositories.unapplied_events import UnappliedEventRepository
from realmate_challenge.webhook_api.entities.conversation import ConversationErasedError
from realmate_challenge.webhook_api.entities.events import RELEASING, NewMessage, Outcome, WebhookEvent, digest, ids_of
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus, status_after

logger: Final = logging.getLogger('realmate_challenge.events')

# Held messages that one statement stores.
GROUP_SIZE: Final = 200


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class HandleWebhookEvent:
    """Idempotent: any number of copies of an event, in parallel or days apart, has the effect of one.

    No held event is forgotten: an event is first held (committed), then tried again; a conversation is first opened
    (committed), then its held events are read. Whichever commit is the later one, a read that sees both follows it.

    `handlers` has the use case of each event class; `apply_messages` is `CreateMessage.apply_all`.
    """

    handlers: Mapping[type[WebhookEvent], Callable[[Any], Outcome]]
    apply_messages: Callable[[Sequence[Any]], frozenset[WebhookEvent]]
    unapplied_events: UnappliedEventRepository

    def __call__(self, event: WebhookEvent) -> Outcome:
        """Raises: the `DomainError` that holds or refuses the event; `UnavailableError`."""
        try:
            outcome = self.apply(event)
        except DomainError as error:
            status = status_after(error)
            self.unapplied_events.record(event, status=status, reason=error.code)
            if status is UnappliedStatus.REFUSED:
                raise
            return self.retry(event)
        if (event.type, outcome) in RELEASING:
            self._release(event.conversation_id)
        return outcome

    def apply(self, event: WebhookEvent) -> Outcome:
        """Raises: the `DomainError` that holds or refuses the event; `UnavailableError`."""
        try:
            return self.handlers[type(event)](event)
        except ConversationErasedError:
            return Outcome.DROPPED

    def retry(self, event: WebhookEvent) -> Outcome:
        """Apply an event that is kept, and the held events that it releases.

        Raises: the `DomainError` that still holds or refuses the event; `UnavailableError`.
        """
        outcome = self._retry(event)
        if (event.type, outcome) in RELEASING:
            self._release(event.conversation_id)
        return outcome

    def _retry(self, event: WebhookEvent) -> Outcome:
        """Apply an event, and only then update its status: if that fails, the next retry is harmless."""
        try:
            outcome = self.apply(event)
        except DomainError as error:
            if status_after(error) is UnappliedStatus.REFUSED:
                self.unapplied_events.mark_refused(event, reason=error.code)
            raise
        if outcome is Outcome.DROPPED:
            self.unapplied_events.discard(digest(event))
        else:
            self.unapplied_events.mark_applied([event])
        _log(outcome, event)
        return outcome

    def _release(self, conversation_id: UUID) -> None:
        """Retry the held events, and again as long as one of them is an event that releases others.

        A loop, not a recursion: a conversation may have any number of held events.
        """
        is_released = True
        while is_released:
            is_released = False
            held = (unapplied.event for unapplied in self.unapplied_events.held_for(conversation_id))
            for event in self._apply_messages(event for event in held if event):
                # An event that is refused now is kept as refused.
                with suppress(DomainError):
                    is_released |= (event.type, self._retry(event)) in RELEASING

    def _apply_messages(self, held: Iterable[WebhookEvent]) -> Iterator[WebhookEvent]:
        """Apply new messages in groups, and yield what is left. The order of messages and other events stays."""
        for kind, run in groupby(held, type):
            for group in batched(run, GROUP_SIZE, strict=False):
                applied = self.apply_messages(group) if kind is NewMessage else frozenset()
                if applied:
                    self.unapplied_events.mark_applied(applied)
                for event in applied:
                    _log(Outcome.APPLIED, event)
                yield from (event for event in group if event not in applied)


def _log(outcome: Outcome, event: WebhookEvent) -> None:
    logger.info('kept event %s', outcome, extra={'type': event.type, **ids_of(event)})
