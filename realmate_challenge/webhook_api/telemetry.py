"""Log, count and time each delivery of an event, by type and outcome. Contents are never logged."""

import logging
from itertools import islice
from time import perf_counter
from typing import Final

from prometheus_client import Counter, Histogram
from rest_framework import exceptions

from realmate_challenge.shared.database.retries import is_unavailability
from realmate_challenge.shared.errors import DomainError, UnavailableError
from realmate_challenge.shared.http.exception_handler import field_errors
from realmate_challenge.webhook_api.entities.events import EventType, Outcome, WebhookEvent, ids_of
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus, status_after

logger: Final = logging.getLogger('realmate_challenge.events')

UNKNOWN: Final = 'unknown'
INVALID: Final = 'invalid'
FORGED: Final = 'forged'
UNAVAILABLE: Final = 'unavailable'
FAILED: Final = 'failed'
MAX_FIELDS: Final = 5

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
    for outcome in (*Outcome, UnappliedStatus.HELD, UnappliedStatus.REFUSED, INVALID, FORGED, UNAVAILABLE, FAILED)
}


def outcome_of(error: Exception) -> str:
    """Return the outcome of an event that failed."""
    match error:
        case DomainError():
            return status_after(error)
        case exceptions.AuthenticationFailed() | exceptions.NotAuthenticated():
            return FORGED
        case exceptions.APIException():
            return INVALID
        case _:
            return UNAVAILABLE if isinstance(error, UnavailableError) or is_unavailability(error) else FAILED


def reason_of(error: Exception) -> str:
    """Return the code of an error, or the first invalid fields with their codes."""
    match error:
        case exceptions.ValidationError():
            errors = islice(field_errors(error.detail), MAX_FIELDS)
            return ' '.join(f'{each["field"]}:{each["code"]}' for each in errors)
        case exceptions.APIException():
            return str(error.get_codes())
        case DomainError():
            return error.code
        case _:
            return type(error).__name__


class Delivery:
    """One delivery of an event, from the start of the view to its response."""

    __slots__ = ('_started_at', 'event', 'outcome', 'reason', 'type')

    def __init__(self) -> None:
        self._started_at = perf_counter()
        self.event: WebhookEvent | None = None
        self.outcome: str = FAILED
        self.reason = ''
        # As the client gave it, if it is not the type of `event`.
        self.type = UNKNOWN

    def facts(self) -> dict[str, object]:
        """Return what log lines say about the event. Values of the client are shortened; contents never appear."""
        reason = {'reason': self.reason} if self.reason else {}
        if self.event is None:
            return {'type': self.type, 'outcome': self.outcome, **reason}
        return {'type': self.event.type, 'outcome': self.outcome, **reason, **ids_of(self.event)}

    def fail(self, error: Exception) -> None:
        self.outcome, self.reason = outcome_of(error), reason_of(error)

    def end(self, status: int) -> None:
        seconds = perf_counter() - self._started_at
        _counters[self.event.type if self.event else UNKNOWN, self.outcome].inc()
        DURATION.observe(seconds)
        # The exception handler logs a failure, with its cause.
        if self.outcome not in {UNAVAILABLE, FAILED}:
            facts = {**self.facts(), 'status': status, 'milliseconds': round(seconds * 1000, 3)}
            logger.info('event %s', self.outcome, extra=facts)
