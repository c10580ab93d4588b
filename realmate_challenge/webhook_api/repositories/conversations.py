"""`ConversationRepository` on Django's ORM."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, final
from uuid import UUID

from django.db import transaction

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import (
    Conversation,
    ConversationErasedError,
    ConversationStatus,
)
from realmate_challenge.webhook_api.entities.conversation_list import (
    ConversationFilter,
    ConversationList,
    ConversationSummary,
)
from realmate_challenge.webhook_api.entities.transcript import Transcript
from realmate_challenge.webhook_api.models.conversation import ERASED
from realmate_challenge.webhook_api.repositories import transcripts
from realmate_challenge.webhook_api.repositories.expressions import lookups, with_message_figures
from realmate_challenge.webhook_api.repositories.sql import render, write

INSERT: Final = """
    INSERT INTO {conversation} ({conversation.id}, {conversation.status}, {conversation.opened_at})
    VALUES (%(id)s, %(status)s, %(opened_at)s)
    ON CONFLICT DO NOTHING
"""
# Both are orders of the index `conversation_newest_first`.
NEWEST_FIRST: Final = ('-opened_at', '-id')
OLDEST_FIRST: Final = ('opened_at', 'id')


@final
class OrmConversationRepository:
    """Each method that writes, except `erase`, is one statement in autocommit mode, and so atomic."""

    def add(self, conversation: Conversation) -> bool:
        values = {'id': conversation.id, 'status': conversation.status, 'opened_at': conversation.opened_at}
        return write(render(INSERT), values)

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

    def read_page(self, conversation_id: UUID, *, offset: int, limit: int, newest_first: bool) -> Transcript | None:
        return transcripts.read_page(conversation_id, offset=offset, limit=limit, newest_first=newest_first)

    def list_page(self, wanted: ConversationFilter, *, offset: int, limit: int, newest_first: bool) -> ConversationList:
        """Execute two statements: one for the count, and one for the page."""
        matching = models.Conversation.objects.filter(
            **lookups(status=wanted.status, opened_at__gte=wanted.opened_after, opened_at__lt=wanted.opened_before)
        )
        order = NEWEST_FIRST if newest_first else OLDEST_FIRST
        page = with_message_figures(matching.order_by(*order)[offset : offset + limit], *order)
        rows = page.values_list('id', 'opened_at', 'closed_at', 'message_count', 'last_message_at')
        summaries = [
            ConversationSummary(
                conversation=Conversation(id=conversation_id, opened_at=opened_at, closed_at=closed_at),
                message_count=message_count,
                last_message_at=last_message_at,
            )
            for conversation_id, opened_at, closed_at, message_count, last_message_at in rows
        ]
        return ConversationList(count=matching.count(), summaries=summaries)

    def erase(self, conversation_id: UUID, erased_at: datetime) -> None:
        """Execute one statement for each table, however many rows it has."""
        tombstone = models.Conversation(id=conversation_id, status=ERASED, opened_at=erased_at)
        of_conversation = {'conversation_id': conversation_id}
        kept_events = models.UnappliedEvent.objects.filter(**of_conversation)
        with transaction.atomic():
            # The conversation comes first: an insert of a message waits for its lock, and then finds it erased.
            models.Conversation.objects.bulk_create([tombstone], ignore_conflicts=True)
            models.Conversation.objects.filter(id=conversation_id).update(
                status=ERASED, opened_at=erased_at, closed_at=None
            )
            models.Message.objects.filter(**of_conversation).delete()
            models.MessageCount.objects.filter(**of_conversation).delete()
            kept_events.delete()
            # An event may have been held during the transaction. One that is held after it is retried, and dropped.
            transaction.on_commit(kept_events.delete)

    def erasures(self) -> Iterator[tuple[UUID, datetime]]:
        """Return the erased ids with the times of erasure, oldest first."""
        tombstones = models.Conversation.with_tombstones.filter(status=ERASED)
        return tombstones.order_by('opened_at', 'id').values_list('id', 'opened_at').iterator()
