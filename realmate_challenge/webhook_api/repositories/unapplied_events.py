"""`UnappliedEventRepository` on Django's ORM."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from math import inf
from time import monotonic
from typing import Any, Final, final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Case, Count, F, Func, Min, QuerySet, Sum, TextField, Value, When
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone
from rest_framework.exceptions import APIException

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities import events
from realmate_challenge.webhook_api.entities.unapplied_event import (
    Backlog,
    UnappliedEvent,
    UnappliedEventsFullError,
    UnappliedFilter,
    UnappliedStatus,
)

logger: Final = logging.getLogger(__name__)

BATCH_SIZE: Final = 200
# At the same instant a message comes before the close: 'NEW_MESSAGE' sorts after 'CLOSE_CONVERSATION'.
OLDEST_FIRST: Final = ('event_timestamp', '-type', 'id')
UNAPPLIED: Final = [UnappliedStatus.HELD, UnappliedStatus.REFUSED]
EVICTABLE: Final = [UnappliedStatus.REFUSED, UnappliedStatus.APPLIED, UnappliedStatus.DISMISSED]
# Measuring reads the whole table, so not every refused event can pay for it.
MEASURE_EVERY_SECONDS: Final = 1.0


@final
class OctetLength(Func):
    """The length of a text in bytes; Django's `Length` counts characters."""

    function = 'octet_length'
    output_field = BigIntegerField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:  # noqa: ANN401 - Django's signature
        # SQLite has `octet_length` from 3.43 on.
        return self.as_sql(compiler, connection, template='length(cast(%(expressions)s as blob))', **extra)


@final
@dataclass(slots=True)
class Usage:
    """The size of the table as this process last measured it, with what it has added since. Threads may lose a few."""

    events: int = 0
    payload_bytes: int = 0
    only_held: bool = False
    measured_at: float = -inf

    def measure(self, backlog: Backlog) -> None:
        self.events, self.payload_bytes = sum(backlog.counts.values()), backlog.payload_bytes
        self.only_held, self.measured_at = False, monotonic()

    def has_room(self, size: int) -> bool:
        return (
            self.events < settings.WEBHOOK_MAX_UNAPPLIED_EVENTS
            and self.payload_bytes + size <= settings.WEBHOOK_MAX_UNAPPLIED_BYTES
        )


usage: Final = Usage()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OrmUnappliedEventRepository:
    """`encode` writes an event as JSON; `decode` reads it back, and may raise `APIException`."""

    encode: Callable[[events.WebhookEvent], str]
    decode: Callable[[str], events.WebhookEvent]

    def record(self, event: events.WebhookEvent, *, status: UnappliedStatus, reason: str) -> None:
        now = timezone.now()
        row = models.UnappliedEvent(
            digest=events.digest(event),
            type=event.type,
            conversation_id=event.conversation_id,
            event_timestamp=event.timestamp,
            payload=self.encode(event),
            status=status,
            reason=reason,
            first_received_at=now,
            last_received_at=now,
        )
        if self._count_delivery(row):
            return
        self._make_room(len(row.payload.encode()))
        with transaction.atomic():
            counted = 0
            # Once is enough, unless a copy makes the row first and it is pruned or erased between the two statements.
            while not counted:
                models.UnappliedEvent.objects.bulk_create([row], ignore_conflicts=True)
                counted = self._count_delivery(row)

    def mark_applied(self, event: events.WebhookEvent) -> None:
        self._rows_of(event).update(status=UnappliedStatus.APPLIED, payload='', applied_at=timezone.now())

    def mark_refused(self, event: events.WebhookEvent, *, reason: str) -> None:
        self._rows_of(event).filter(status__in=UNAPPLIED).update(status=UnappliedStatus.REFUSED, reason=reason)

    def dismiss(self, wanted: UnappliedFilter) -> int:
        return _matching(wanted).update(status=UnappliedStatus.DISMISSED, payload='')

    def discard(self, event: events.WebhookEvent) -> None:
        self._rows_of(event).delete()

    def held_for(self, conversation_id: UUID) -> Iterable[UnappliedEvent]:
        return self.unapplied(UnappliedFilter(conversation_id=conversation_id, held_only=True))

    def unapplied(self, wanted: UnappliedFilter) -> Iterator[UnappliedEvent]:
        """Ids first, then rows in batches: what is tried meanwhile cannot shift the window, and memory stays flat."""
        for ids in batched(
            _matching(wanted).order_by(*OLDEST_FIRST).values_list('id', flat=True), BATCH_SIZE, strict=False
        ):
            for row in models.UnappliedEvent.objects.filter(id__in=ids).order_by(*OLDEST_FIRST):
                if (kept := self._readable(row)) is not None:
                    yield kept

    def count_unapplied(self, wanted: UnappliedFilter) -> int:
        return _matching(wanted).count()

    def backlog(self) -> Backlog:
        rows = models.UnappliedEvent.objects.values_list('status').annotate(
            events=Count('id'), payload_bytes=Sum(OctetLength('payload')), oldest=Min('first_received_at')
        )
        measured = {status: figures for status, *figures in rows}
        return Backlog(
            counts={status: measured[status][0] if status in measured else 0 for status in UnappliedStatus},
            payload_bytes=sum(payload_bytes for _, payload_bytes, _ in measured.values()),
            oldest_held_at=measured[UnappliedStatus.HELD][2] if UnappliedStatus.HELD in measured else None,
        )

    def prune(self, last_received_before: datetime, *, held_too: bool) -> int:
        rows = models.UnappliedEvent.objects.filter(last_received_at__lt=last_received_before)
        if not held_too:
            rows = rows.exclude(status=UnappliedStatus.HELD)
        deleted, _ = rows.delete()
        return deleted

    def _count_delivery(self, row: models.UnappliedEvent) -> int:
        """Return the number of rows that were updated: 0 for an event that is not kept yet."""
        return models.UnappliedEvent.objects.filter(digest=row.digest).update(
            status=_unless_dismissed('status', row.status),
            reason=_unless_dismissed('reason', row.reason),
            payload=_unless_dismissed('payload', row.payload),
            deliveries=F('deliveries') + 1,
            last_received_at=row.last_received_at,
            applied_at=None,
        )

    def _make_room(self, size: int) -> None:
        """Count one more row of `size` bytes; in a full store delete the oldest rows that are not held.

        Raises: UnappliedEventsFullError.
        """
        if monotonic() - usage.measured_at > MEASURE_EVERY_SECONDS:
            usage.measure(self.backlog())
        while not usage.has_room(size):
            if usage.only_held:
                raise UnappliedEventsFullError
            evicted = self._evict()
            usage.measure(self.backlog())
            usage.only_held = not evicted
        usage.events += 1
        usage.payload_bytes += size

    def _evict(self) -> int:
        evictable = models.UnappliedEvent.objects.filter(status__in=EVICTABLE)
        if usage.events < settings.WEBHOOK_MAX_UNAPPLIED_EVENTS:
            # The bytes are too many, and settled events have none.
            evictable = evictable.exclude(payload='')
        oldest = evictable.order_by('last_received_at').values('id')
        share = max(1, settings.WEBHOOK_MAX_UNAPPLIED_EVENTS // 100)
        deleted, _ = models.UnappliedEvent.objects.filter(id__in=oldest[:share]).delete()
        return deleted

    def _rows_of(self, event: events.WebhookEvent) -> QuerySet[models.UnappliedEvent]:
        return models.UnappliedEvent.objects.filter(digest=events.digest(event))

    def _readable(self, row: models.UnappliedEvent) -> UnappliedEvent | None:
        """None, if its JSON was taken when the rules were looser: it stays as it is, and in nobody's way."""
        try:
            return self._entity(row)
        except APIException as error:
            logger.error('The kept event %s can no longer be read: %s', row.pk, error)  # noqa: TRY400 - expected
            return None

    def _entity(self, row: models.UnappliedEvent) -> UnappliedEvent:
        return UnappliedEvent(
            event=self.decode(row.payload),
            status=UnappliedStatus(row.status),
            reason=row.reason,
            deliveries=row.deliveries,
            first_received_at=row.first_received_at,
            last_received_at=row.last_received_at,
            applied_at=row.applied_at,
        )


def _unless_dismissed(column: str, value: str) -> Case:
    return Case(When(status=UnappliedStatus.DISMISSED, then=F(column)), default=Value(value), output_field=TextField())


def _matching(wanted: UnappliedFilter) -> QuerySet[models.UnappliedEvent]:
    statuses = [UnappliedStatus.HELD] if wanted.held_only else UNAPPLIED
    rows = models.UnappliedEvent.objects.filter(status__in=statuses)
    if wanted.conversation_id is not None:
        rows = rows.filter(conversation_id=wanted.conversation_id)
    if wanted.digests is not None:
        rows = rows.filter(digest__in=wanted.digests)
    if wanted.reason is not None:
        rows = rows.filter(reason=wanted.reason)
    return rows
