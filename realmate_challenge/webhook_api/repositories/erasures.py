"""`ErasureRepository` on Django's ORM."""

from typing import final
from uuid import UUID

from django.db import transaction

from realmate_challenge.webhook_api import models


@final
class OrmErasureRepository:
    """One statement for each table, however many rows: nothing refers to these rows that Django would have to fetch."""

    def erase(self, conversation_id: UUID) -> bool:
        with transaction.atomic():
            # Locked first: an insert of a message waits, and then finds no conversation.
            conversation = models.Conversation.objects.select_for_update().filter(id=conversation_id)
            if not conversation.values_list('id'):
                return False
            models.Message.objects.filter(conversation_id=conversation_id).delete()
            models.UnappliedEvent.objects.filter(conversation_id=conversation_id).delete()
            models.Conversation.objects.filter(id=conversation_id).delete()
        return True
