"""`MessageRepository` on Django's ORM."""

from typing import final
from uuid import UUID

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.message import Message, MessageDirection
from realmate_challenge.webhook_api.repositories.statements import message_insert


@final
class OrmMessageRepository:
    """Each method is one statement in autocommit mode, and so atomic by itself."""

    def add(self, message: Message, *, accept_late: bool) -> bool:
        late = [message.timestamp] if accept_late else []
        return message_insert(accept_late=accept_late)(
            message.id, message.direction, message.content, message.timestamp, message.conversation_id, *late
        )

    def get(self, message_id: UUID) -> Message | None:
        row = models.Message.objects.filter(id=message_id).first()
        if row is None:
            return None
        return Message(
            id=row.id,
            conversation_id=row.conversation_id,
            direction=MessageDirection(row.direction),
            content=row.content,
            timestamp=row.external_timestamp,
        )
