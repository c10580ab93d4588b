"""`UnappliedEventRepository` on Django's ORM."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Final, final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Min, QuerySet
from django.utils import timezone
from rest_framework.exceptions import APIException

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities import events
from realmate_challenge.webhook_api.entities.unapplied_event import (
    Backlog,
    UnappliedEvent,
    UnappliedFilter,
    UnappliedStatus,
)

logger: Final = logging.getLogger(__name__)

BATCH_SIZE: Final = 200
# At the same instant a message comes before the close: 'NEW_MESSAGE' sorts after 'CLOSE_CONVERSATION'.
OLDEST_FIRST: Final = ('event_timestamp', '-type', 'id')


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OrmUnappliedEventRepository:
    """`decode` reads an event back from the JSON that was received. It may raise `APIException`."""

    decode: Callable[[bytes], events.WebhookEvent]

    def record(self, event: events.WebhookEvent, received: bytes, *, status: UnappliedStatus, reason: str) -> None:
        now = timezone.now()
        row = models.UnappliedEvent(
            digest=events.digest(event),
            type=events.type_of(event),
            conversation_id=event.conversation_id,
            event_timestamp=event.timestamp,
            payload=received.decode(),
            status=status,
            reason=reason,
            first_received_at=now,
            last_received_at=now,
        )
        with transaction.atomic():
            written = 0
            # Once is enough, unless the row was there before and is pruned, or erased, between the two statements.
            while not written:
                models.UnappliedEvent.objects.bulk_create([row], ignore_conflicts=True)
                written = self._rows_of(event).update(
                    status=status, reason=reason, deliveries=F('deliveries') + 1, last_received_at=now, applied_at=None
                )

    def settle(self, event: events.WebhookEvent, *, status: UnappliedStatus, reason: str | None = None) -> None:
        rows = self._rows_of(event)
        if status is UnappliedStatus.APPLIED:
            rows.update(status=status, applied_at=timezone.now())
        else:
            rows.update(status=status, **({} if reason is None else {'reason': reason}))

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
        rows = models.UnappliedEvent.objects
        counted = dict(rows.values_list('status').annotate(events=Count('id')))
        oldest = rows.filter(status=UnappliedStatus.HELD).aggregate(oldest=Min('first_received_at'))['oldest']
        return Backlog(counts={status: counted.get(status, 0) for status in UnappliedStatus}, oldest_held_at=oldest)

    def prune(self, last_received_before: datetime, *, held_too: bool) -> int:
        rows = models.UnappliedEvent.objects.filter(last_received_at__lt=last_received_before)
        if not held_too:
            rows = rows.exclude(status=UnappliedStatus.HELD)
        deleted, _ = rows.delete()
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
        received = row.payload.encode()
        return UnappliedEvent(
            event=self.decode(received),
            received=received,
            status=UnappliedStatus(row.status),
            reason=row.reason,
            deliveries=row.deliveries,
            first_received_at=row.first_received_at,
            last_received_at=row.last_received_at,
            applied_at=row.applied_at,
        )


def _matching(wanted: UnappliedFilter) -> QuerySet[models.UnappliedEvent]:
    statuses = [UnappliedStatus.HELD] if wanted.held_only else [UnappliedStatus.HELD, UnappliedStatus.REFUSED]
    rows = models.UnappliedEvent.objects.filter(status__in=statuses)
    if wanted.conversation_id is not None:
        rows = rows.filter(conversation_id=wanted.conversation_id)
    if wanted.digests is not None:
        rows = rows.filter(digest__in=wanted.digests)
    if wanted.reason is not None:
        rows = rows.filter(reason=wanted.reason)
    return rows
