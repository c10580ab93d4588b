import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import batched
from math import inf
from time import monotonic
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Case, Count, Exists, F, Func, Min, OuterRef, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities import events
from realmate_challenge.webhook_api.entities.unapplied_event import (
    INVALID_REASON,
    UNSETTLED,
    Backlog,
    UnappliedEvent,
    UnappliedEventsFullError,
    UnappliedFilter,
    UnappliedStatus,
    UnreadableEventError,
)
from realmate_challenge.webhook_api.repositories.expressions import lookups
from realmate_challenge.webhook_api.repositories.sql import render, write

logger: Final = logging.getLogger(__name__)

BATCH_SIZE: Final = 200
EVICTABLE: Final = [status for status in UnappliedStatus if status is not UnappliedStatus.HELD]
# Measuring reads the whole table, which is too expensive for each event.
MEASURE_EVERY_SECONDS: Final = 1.0
OLDEST_FIRST: Final = (
    F('event_timestamp').asc(nulls_last=True),
    Case(*(When(type=event_type, then=rank) for rank, event_type in enumerate(events.RELEASE_ORDER))),
    'id',
)
# An erased conversation counts as existing: its events are dropped.
IS_WAITING: Final = Q(status=UnappliedStatus.HELD) & ~Exists(
    models.Conversation.with_tombstones.filter(id=OuterRef('conversation_id'))
)

RECORD: Final = """
    INSERT INTO {event} AS kept (
        {event.digest}, {event.type}, {event.conversation_id}, {event.event_timestamp}, {event.payload},
        {event.status}, {event.reason}, {event.errors},
        {event.deliveries}, {event.first_received_at}, {event.last_received_at}
    )
    VALUES (
        %(digest)s, %(type)s, %(conversation_id)s, %(timestamp)s, %(payload)s,
        %(status)s, %(reason)s, %(errors)s, 1, %(now)s, %(now)s
    )
    ON CONFLICT ({event.digest}) DO UPDATE SET
        {event.status} = CASE kept.{event.status} WHEN '{dismissed}' THEN kept.{event.status} ELSE %(status)s END,
        {event.reason} = CASE kept.{event.status} WHEN '{dismissed}' THEN kept.{event.reason} ELSE %(reason)s END,
        {event.payload} = CASE kept.{event.status} WHEN '{dismissed}' THEN kept.{event.payload} ELSE %(payload)s END,
        {event.errors} = %(errors)s,
        {event.deliveries} = kept.{event.deliveries} + 1,
        {event.last_received_at} = %(now)s,
        {event.applied_at} = NULL
"""


class OctetLength(Func):
    """The length of a text in bytes; Django's `Length` counts characters."""

    function = 'octet_length'
    output_field = BigIntegerField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:  # noqa: ANN401 - Django's signature
        # SQLite has `octet_length` since version 3.43.
        return self.as_sql(compiler, connection, template='length(cast(%(expressions)s as blob))', **extra)


@dataclass(slots=True)
class Usage:
    """The size of the table when this process last measured it, plus what the process has added since."""

    events: int = 0
    payload_bytes: int = 0
    measured_at: float = -inf

    def measure(self, backlog: Backlog) -> None:
        self.events, self.payload_bytes = sum(backlog.counts.values()), backlog.payload_bytes
        self.measured_at = monotonic()

    def has_too_many_events(self) -> bool:
        return self.events >= settings.WEBHOOK_MAX_UNAPPLIED_EVENTS


usage: Final = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrmUnappliedEventRepository:
    """`encode` writes an event as JSON; `decode` reads it back, and may raise `UnreadableEventError`."""

    encode: Callable[[events.WebhookEvent], str]
    decode: Callable[[str, datetime], events.WebhookEvent]

    def record(self, event: events.WebhookEvent, *, status: UnappliedStatus, reason: str) -> None:
        facts = {'type': event.type, 'conversation_id': event.conversation_id, 'timestamp': event.timestamp}
        self._record(events.digest(event), self.encode(event), **facts, status=status, reason=reason, errors='')

    def record_invalid(self, body: str, *, event_type: str, errors: str) -> None:
        facts = {'type': event_type, 'conversation_id': None, 'timestamp': None, 'reason': INVALID_REASON}
        digest = sha256(body.encode()).hexdigest()
        self._record(digest, body, **facts, status=UnappliedStatus.INVALID, errors=errors)
        invalid = models.UnappliedEvent.objects.filter(status=UnappliedStatus.INVALID)
        surplus = invalid.order_by('-last_received_at', '-id').values('id')[settings.WEBHOOK_MAX_INVALID_EVENTS :]
        models.UnappliedEvent.objects.filter(id__in=surplus).delete()

    def _record(self, digest: str, payload: str, **values: object) -> None:
        if not _rows(digest).exists():
            self._make_room(len(payload.encode()))
        values |= {'digest': digest, 'payload': payload, 'now': timezone.now()}
        write(render(RECORD, dismissed=UnappliedStatus.DISMISSED), values)

    def mark_applied(self, applied: Iterable[events.WebhookEvent]) -> None:
        rows = models.UnappliedEvent.objects.filter(digest__in=[events.digest(event) for event in applied])
        rows.update(status=UnappliedStatus.APPLIED, payload='', applied_at=timezone.now())

    def mark_refused(self, event: events.WebhookEvent, *, reason: str) -> None:
        _rows(events.digest(event)).filter(status__in=UNSETTLED).update(status=UnappliedStatus.REFUSED, reason=reason)

    def dismiss(self, wanted: UnappliedFilter) -> int:
        return _matching(wanted).update(status=UnappliedStatus.DISMISSED, payload='')

    def discard(self, digest: str) -> None:
        _rows(digest).delete()

    def held_for(self, conversation_id: UUID) -> Iterable[UnappliedEvent]:
        return self.unapplied(UnappliedFilter(conversation_id=conversation_id, held_only=True))

    def unapplied(self, wanted: UnappliedFilter) -> Iterator[UnappliedEvent]:
        """Fetch the ids first, then rows in batches: settling an event does not shift the rest, and memory is flat."""
        ids = _matching(wanted).order_by(*OLDEST_FIRST).values_list('id', flat=True)
        for batch in batched(ids, BATCH_SIZE, strict=False):
            # An event that was settled since then has no payload any more.
            rows = _matching(wanted).annotate(is_waiting=IS_WAITING).in_bulk(batch)
            yield from (self._read(rows[row_id]) for row_id in batch if row_id in rows)

    def count_unapplied(self, wanted: UnappliedFilter) -> int:
        return _matching(wanted).count()

    def backlog(self) -> Backlog:
        figures = models.UnappliedEvent.objects.aggregate(
            **{status: Count('id', filter=Q(status=status)) for status in UnappliedStatus},
            payload_bytes=Coalesce(Sum(OctetLength('payload')), 0),
            oldest_held_at=Min('first_received_at', filter=Q(status=UnappliedStatus.HELD)),
        )
        return Backlog(counts={status: figures.pop(status) for status in UnappliedStatus}, **figures)

    def prune(self, last_received_before: datetime, *, invalid_before: datetime, held_too: bool) -> int:
        statuses = [*EVICTABLE, UnappliedStatus.HELD] if held_too else EVICTABLE
        is_old = Q(status__in=statuses, last_received_at__lt=last_received_before)
        is_invalid = Q(status=UnappliedStatus.INVALID, last_received_at__lt=invalid_before)
        deleted, _ = models.UnappliedEvent.objects.filter(is_old | is_invalid).delete()
        return deleted

    def _make_room(self, size: int) -> None:
        """Count one more row of `size` bytes; if the store is full, delete its oldest rows that are not held.

        Raises: UnappliedEventsFullError.
        """
        if monotonic() - usage.measured_at > MEASURE_EVERY_SECONDS:
            usage.measure(self.backlog())
        while usage.has_too_many_events() or usage.payload_bytes + size > settings.WEBHOOK_MAX_UNAPPLIED_BYTES:
            if not _evict():
                raise UnappliedEventsFullError
            usage.measure(self.backlog())
        usage.events += 1
        usage.payload_bytes += size

    def _read(self, row: Any) -> UnappliedEvent:  # noqa: ANN401 - an annotated `UnappliedEvent`
        """Return the kept event. If this version cannot read it, store the errors for the admin."""
        event, errors = None, ''
        try:
            event = self.decode(row.payload, row.first_received_at)
        except UnreadableEventError as error:
            errors = str(error)
            logger.error('The kept event %s cannot be read: %s', row.pk, errors)  # noqa: TRY400 - expected
        if errors != row.errors:
            models.UnappliedEvent.objects.filter(pk=row.pk).update(errors=errors)
        return UnappliedEvent(
            digest=row.digest,
            type=row.type,
            event=event,
            status=UnappliedStatus(row.status),
            reason=row.reason,
            errors=errors,
            deliveries=row.deliveries,
            first_received_at=row.first_received_at,
            last_received_at=row.last_received_at,
            applied_at=row.applied_at,
            is_waiting=row.is_waiting,
        )


def _evict() -> int:
    """Delete a hundredth of the limit, and return the number of deleted rows."""
    # Of the events that may be deleted, only refused and invalid ones have contents.
    statuses = EVICTABLE if usage.has_too_many_events() else [UnappliedStatus.REFUSED, UnappliedStatus.INVALID]
    oldest = models.UnappliedEvent.objects.filter(status__in=statuses).order_by('last_received_at').values('id')
    share = max(1, settings.WEBHOOK_MAX_UNAPPLIED_EVENTS // 100)
    deleted, _ = models.UnappliedEvent.objects.filter(id__in=oldest[:share]).delete()
    return deleted


def _rows(digest: str) -> QuerySet[models.UnappliedEvent]:
    return models.UnappliedEvent.objects.filter(digest=digest)


def _matching(wanted: UnappliedFilter) -> QuerySet[models.UnappliedEvent]:
    statuses = [UnappliedStatus.HELD] if wanted.held_only else UNSETTLED
    return models.UnappliedEvent.objects.filter(
        status__in=statuses,
        **lookups(conversation_id=wanted.conversation_id, digest__in=wanted.digests, reason=wanted.reason),
    )
