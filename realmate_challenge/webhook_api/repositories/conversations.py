"""`ConversationRepository` on Django's ORM."""

from datetime import datetime
from typing import final
from uuid import UUID

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import Conversation, ConversationStatus
from realmate_challenge.webhook_api.repositories.statements import conversation_insert


@final
class OrmConversationRepository:
    """Each method is one statement in autocommit mode, and so atomic by itself."""

    def add(self, conversation: Conversation) -> bool:
        return conversation_insert()(conversation.id, conversation.status, conversation.opened_at)

    def close(self, conversation_id: UUID, closed_at: datetime) -> bool:
        still_open = models.Conversation.objects.filter(id=conversation_id, status=ConversationStatus.OPEN)
        return still_open.update(status=ConversationStatus.CLOSED, closed_at=closed_at) == 1

    def get(self, conversation_id: UUID) -> Conversation | None:
        row = models.Conversation.objects.filter(id=conversation_id).values('id', 'opened_at', 'closed_at').first()
        return None if row is None else Conversation(**row)
