"""What operators see of each event: one log line, a count by type and outcome, a duration. Never the content."""

import logging
from time import perf_counter
from typing import Final, final

from prometheus_client import Counter, Histogram
from rest_framework import exceptions

from realmate_challenge.shared.database.retries import is_unavailability
from realmate_challenge.shared.errors import DomainError, UnavailableError
from realmate_challenge.webhook_api.entities.conversation import ConversationNotFoundError
from realmate_challenge.webhook_api.entities.events import EventType, NewMessage, Outcome, WebhookEvent, type_of

logger: Final = logging.getLogger('realmate_challenge.events')

UNKNOWN: Final = 'unknown'
HELD: Final = 'held'
REFUSED: Final = 'refused'
INVALID: Final = 'invalid'
FORGED: Final = 'forged'
UNAVAILABLE: Final = 'unavailable'
FAILED: Final = 'failed'

EVENTS: Final = Counter('webhook_events_total', 'Deliveries, by type and what became of them.', ['type', 'outcome'])
DURATION: Final = Histogram(
    'webhook_event_duration_seconds',
    'From the start of the view to its answer.',
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
# Children are looked up once: a dictionary of our own costs less than the library's, with its lock.
_counters: Final = {
    (kind, outcome): EVENTS.labels(kind, outcome)
    for kind in (*EventType, UNKNOWN)
    for outcome in (*Outcome, HELD, REFUSED, INVALID, FORGED, UNAVAILABLE, FAILED)
}


def outcome_of(error: Exception) -> str:
    """What an event that raised this is counted as."""
    match error:
        case ConversationNotFoundError():
            return HELD
        case DomainError():
            return REFUSED
        case exceptions.AuthenticationFailed() | exceptions.NotAuthenticated():
            return FORGED
        case exceptions.APIException():
            return INVALID
        case _:
            return UNAVAILABLE if isinstance(error, UnavailableError) or is_unavailability(error) else FAILED


@final
class Delivery:
    """One delivery of an event, from the start of the view to its answer."""

    __slots__ = ('_started_at', 'event', 'outcome')

    def __init__(self) -> None:
        self._started_at = perf_counter()
        self.event: WebhookEvent | None = None
        self.outcome: str = FAILED

    def end(self, status: int) -> None:
        """Count it, and log it."""
        seconds = perf_counter() - self._started_at
        event = self.event
        kind = UNKNOWN if event is None else type_of(event)
        _counters[kind, self.outcome].inc()
        DURATION.observe(seconds)
        facts = {'type': kind, 'outcome': self.outcome, 'status': status, 'milliseconds': round(seconds * 1000, 3)}
        if event is not None:
            facts['conversation_id'] = str(event.conversation_id)
        if isinstance(event, NewMessage):
            facts['message_id'] = str(event.message_id)
        logger.info('event %s', self.outcome, extra=facts)
