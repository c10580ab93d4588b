"""Log, count and time each delivery of an event, by type and outcome. Contents are never logged."""

import logging
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from prometheus_client import Counter, Histogram

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.shared.http import exception_handler
from realmate_challenge.shared.observability.logs import log_facts
from realmate_challenge.webhook_api.entities.events import EventType, Outcome, WebhookEvent, ids_of
from realmate_challenge.webhook_api.entities.unapplied_event import UNSETTLED, UnappliedStatus, status_after

logger: Final = logging.getLogger('realmate_challenge.events')

UNKNOWN: Final = 'unknown'
FORGED: Final = 'forged'
UNAVAILABLE: Final = 'unavailable'
FAILED: Final = 'failed'
# By status. Every other failed event is invalid.
OUTCOMES: Final = {401: FORGED, 500: FAILED, 503: UNAVAILABLE}

EVENTS: Final = Counter('webhook_events_total', 'Deliveries by event type and outcome.', ['type', 'outcome'])
DURATION: Final = Histogram(
    'webhook_event_duration_seconds',
    'Time from the start of the view to its response.',
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
# Look each counter up once: the library's own look-up takes a lock.
_counters: Final = {
    (kind, outcome): EVENTS.labels(kind, outcome)
    for kind in (*EventType, UNKNOWN)
    for outcome in (*Outcome, *UNSETTLED, FORGED, UNAVAILABLE, FAILED)
}


@dataclass(slots=True)
class Delivery:
    """One delivery of an event, from the start of the view to its response."""

    event: WebhookEvent | None = None
    outcome: str = FAILED
    reason: str = ''
    # As the client gave it, if it is not the type of `event`.
    type: str = UNKNOWN
    started_at: float = field(default_factory=perf_counter)

    def facts(self) -> dict[str, object]:
        """Return what log lines say about the event. Values of the client are shortened; contents never appear."""
        event = {'type': self.event.type, **ids_of(self.event)} if self.event else {'type': self.type}
        return {**event, 'outcome': self.outcome, **({'reason': self.reason} if self.reason else {})}

    def fail(self, exc: Exception) -> None:
        error = exception_handler.api_error(exc)
        self.reason = exception_handler.reason(error)
        of_status = OUTCOMES.get(error.status_code, UnappliedStatus.INVALID)
        self.outcome = status_after(exc) if isinstance(exc, DomainError) else of_status

    def end(self, status: int) -> None:
        seconds = perf_counter() - self.started_at
        _counters[self.event.type if self.event else UNKNOWN, self.outcome].inc()
        DURATION.observe(seconds)
        # The exception handler logs a failure, with its cause.
        if self.outcome not in {UNAVAILABLE, FAILED}:
            facts = {**self.facts(), 'status': status, 'milliseconds': round(seconds * 1000, 3)}
            log_facts(logger, logging.INFO, f'event {self.outcome}', facts)
