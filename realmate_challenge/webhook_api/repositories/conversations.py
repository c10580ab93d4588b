"""`ConversationRepository` on Django's ORM."""

from collections.abc import Iterator
from datetime import datetime
from typing import final
from uuid import UUID

from django.db import transaction

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import (
    Conversation,
    ConversationErasedError,
    ConversationStatus,
)
from realmate_challenge.webhook_api.models.conversation import ERASED
from realmate_challenge.webhook_api.repositories.statements import conversation_insert


@final
class OrmConversationRepository:
    """Each method but `erase` is one statement in autocommit mode, and so atomic by itself."""

    def add(self, conversation: Conversation) -> bool:
        return conversation_insert()(conversation.id, conversation.status, conversation.opened_at)

    def close(self, conversation_id: UUID, closed_at: datetime) -> bool:
        still_open = models.Conversation.objects.filter(id=conversation_id, status=ConversationStatus.OPEN)
        return still_open.update(status=ConversationStatus.CLOSED, closed_at=closed_at) == 1

    def get(self, conversation_id: UUID) -> Conversation | None:
        row = models.Conversation.with_tombstones.filter(id=conversation_id).first()
        if row is None:
            return None
        if row.status == ERASED:
            raise ConversationErasedError(conversation_id)
        return Conversation(id=row.id, opened_at=row.opened_at, closed_at=row.closed_at)

    def erase(self, conversation_id: UUID, erased_at: datetime) -> None:
        """One statement for each table, however many rows: nothing refers to these rows that Django would fetch."""
        tombstone = models.Conversation(id=conversation_id, status=ERASED, opened_at=erased_at)
        of_conversation = {'conversation_id': conversation_id}
        kept_events = models.UnappliedEvent.objects.filter(**of_conversation)
        with transaction.atomic():
            # First the id: an insert of a message waits for this transaction, and then finds no open conversation.
            models.Conversation.objects.bulk_create([tombstone], ignore_conflicts=True)
            models.Conversation.objects.filter(id=conversation_id).update(
                status=ERASED, opened_at=erased_at, closed_at=None
            )
            models.Message.objects.filter(**of_conversation).delete()
            models.MessageCount.objects.filter(**of_conversation).delete()
            kept_events.delete()
            # Once more after the commit: an event that looked before it may have been held meanwhile. One that is held
            # later looks again, and finds the tombstone.
            transaction.on_commit(kept_events.delete)

    def erasures(self) -> Iterator[tuple[UUID, datetime]]:
        """The erased ids and when each was erased, oldest first."""
        tombstones = models.Conversation.with_tombstones.filter(status=ERASED)
        return tombstones.order_by('opened_at', 'id').values_list('id', 'opened_at').iterator()
