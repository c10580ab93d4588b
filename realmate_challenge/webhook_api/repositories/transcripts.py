"""`TranscriptRepository` on Django's ORM."""

from typing import Final, final
from uuid import UUID

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.message import Message, MessageDirection
from realmate_challenge.webhook_api.entities.transcript import Transcript
from realmate_challenge.webhook_api.repositories.expressions import MESSAGE_COUNT

OLDEST_FIRST: Final = ('external_timestamp', 'id')
NEWEST_FIRST: Final = ('-external_timestamp', '-id')


@final
class OrmTranscriptRepository:
    """Two statements: the conversation with its count, and the window."""

    def read(self, conversation_id: UUID, *, offset: int, limit: int, newest_first: bool) -> Transcript | None:
        row = (
            models.Conversation.objects.filter(id=conversation_id)
            .annotate(message_count=MESSAGE_COUNT)
            .values_list('opened_at', 'closed_at', 'message_count')
            .first()
        )
        if row is None:
            return None
        opened_at, closed_at, message_count = row
        return Transcript(
            conversation=Conversation(id=conversation_id, opened_at=opened_at, closed_at=closed_at),
            message_count=message_count,
            messages=self._window(conversation_id, offset, limit, NEWEST_FIRST if newest_first else OLDEST_FIRST),
        )

    def _window(self, conversation_id: UUID, offset: int, limit: int, order: tuple[str, ...]) -> list[Message]:
        """The ids come from the index alone, however deep the page; only the page's rows are read."""
        ids = models.Message.objects.filter(conversation_id=conversation_id).order_by(*order).values('id')
        rows = models.Message.objects.filter(id__in=ids[offset : offset + limit]).order_by(*order)
        return [
            Message(
                id=message_id,
                conversation_id=conversation_id,
                direction=MessageDirection(direction),
                content=content,
                timestamp=timestamp,
            )
            for message_id, direction, content, timestamp in rows.values_list(
                'id', 'direction', 'content', 'external_timestamp'
            )
        ]
