"""`UnappliedEventRepository` in memory."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from realmate_challenge.webhook_api.entities.events import RELEASE_ORDER, WebhookEvent, digest
from realmate_challenge.webhook_api.entities.unapplied_event import (
    UNSETTLED,
    Backlog,
    UnappliedEvent,
    UnappliedFilter,
    UnappliedStatus,
)
from realmate_challenge.webhook_api.serializers.events import encode_event
from realmate_challenge.webhook_api.tests.support.fakes.store import InMemoryStore


@dataclass(frozen=True, slots=True)
class InMemoryUnappliedEventRepository:
    store: InMemoryStore = field(default_factory=InMemoryStore)

    def record(self, event: WebhookEvent, *, status: UnappliedStatus, reason: str) -> None:
        now = datetime.now(UTC)
        first = UnappliedEvent(
            digest=digest(event),
            type=event.type,
            event=event,
            status=status,
            reason=reason,
            errors='',
            deliveries=0,
            first_received_at=now,
            last_received_at=now,
            applied_at=None,
        )
        with self.store.lock:
            stored = self.store.unapplied_events.get(digest(event), first)
            if stored.status is UnappliedStatus.DISMISSED:
                status, reason = stored.status, stored.reason
            self.store.unapplied_events[digest(event)] = replace(
                stored,
                status=status,
                reason=reason,
                deliveries=stored.deliveries + 1,
                last_received_at=now,
                applied_at=None,
            )

    def record_invalid(self, body: str, *, event_type: str, errors: str) -> None:
        now = datetime.now(UTC)
        key = sha256(body.encode()).hexdigest()
        first = UnappliedEvent(
            digest=key,
            type=event_type,
            event=None,
            status=UnappliedStatus.INVALID,
            reason='VALIDATION_ERROR',
            errors=errors,
            deliveries=0,
            first_received_at=now,
            last_received_at=now,
            applied_at=None,
        )
        with self.store.lock:
            stored = self.store.unapplied_events.get(key, first)
            self.store.unapplied_events[key] = replace(stored, deliveries=stored.deliveries + 1, last_received_at=now)

    def mark_applied(self, applied: Iterable[WebhookEvent]) -> None:
        with self.store.lock:
            for key in map(digest, applied):
                if stored := self.store.unapplied_events.get(key):
                    self.store.unapplied_events[key] = replace(
                        stored, status=UnappliedStatus.APPLIED, applied_at=datetime.now(UTC)
                    )

    def mark_refused(self, event: WebhookEvent, *, reason: str) -> None:
        self._update(UnappliedFilter(digests=frozenset({digest(event)})), status=UnappliedStatus.REFUSED, reason=reason)

    def dismiss(self, wanted: UnappliedFilter) -> int:
        return self._update(wanted, status=UnappliedStatus.DISMISSED)

    def discard(self, digest: str) -> None:
        with self.store.lock:
            self.store.unapplied_events.pop(digest, None)

    def _update(self, wanted: UnappliedFilter, **changes: Any) -> int:  # noqa: ANN401 - fields of the event
        with self.store.lock:
            found = list(self.unapplied(wanted))
            for kept in found:
                self.store.unapplied_events[kept.digest] = replace(kept, **changes)
        return len(found)

    def held_for(self, conversation_id: UUID) -> Iterable[UnappliedEvent]:
        return self.unapplied(UnappliedFilter(conversation_id=conversation_id, held_only=True))

    def unapplied(self, wanted: UnappliedFilter) -> Iterable[UnappliedEvent]:
        with self.store.lock:
            found = [
                replace(kept, is_waiting=self._is_waiting(kept))
                for kept in self.store.unapplied_events.values()
                if _matches(kept, wanted)
            ]
        return sorted(found, key=_release_order)

    def _is_waiting(self, kept: UnappliedEvent) -> bool:
        exists = kept.event and kept.event.conversation_id in self.store.conversations.keys() | self.store.erased.keys()
        return kept.status is UnappliedStatus.HELD and not exists

    def count_unapplied(self, wanted: UnappliedFilter) -> int:
        return len(list(self.unapplied(wanted)))

    def backlog(self) -> Backlog:
        with self.store.lock:
            kept = list(self.store.unapplied_events.values())
        counts = Counter(each.status for each in kept)
        waiting = [each.first_received_at for each in kept if each.status is UnappliedStatus.HELD]
        return Backlog(
            counts={status: counts[status] for status in UnappliedStatus},
            payload_bytes=sum(
                len(encode_event(each.event).encode()) for each in kept if each.event and each.status in UNSETTLED
            ),
            oldest_held_at=min(waiting, default=None),
        )

    def prune(self, last_received_before: datetime, *, invalid_before: datetime, held_too: bool) -> int:
        with self.store.lock:
            old = [
                key
                for key, kept in self.store.unapplied_events.items()
                if kept.last_received_at
                < (invalid_before if kept.status is UnappliedStatus.INVALID else last_received_before)
                and (held_too or kept.status is not UnappliedStatus.HELD)
            ]
            for key in old:
                del self.store.unapplied_events[key]
        return len(old)


def _matches(kept: UnappliedEvent, wanted: UnappliedFilter) -> bool:
    return (
        kept.status in UNSETTLED
        and (kept.status is UnappliedStatus.HELD or not wanted.held_only)
        and wanted.conversation_id in {None, kept.event and kept.event.conversation_id}
        and wanted.reason in {None, kept.reason}
        and (wanted.digests is None or kept.digest in wanted.digests)
    )


def _release_order(kept: UnappliedEvent) -> tuple[datetime, int]:
    """Sort by timestamp, then by type, and unreadable events last. Equal events stay in the order of arrival."""
    if kept.event is None:
        return datetime.max.replace(tzinfo=UTC), 0
    return kept.event.timestamp, RELEASE_ORDER.index(kept.event.type)
