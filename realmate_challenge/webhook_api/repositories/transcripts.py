"""`TranscriptRepository` in one statement."""

from typing import Final, final
from uuid import UUID

from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.message import Message, MessageDirection
from realmate_challenge.webhook_api.entities.transcript import Transcript
from realmate_challenge.webhook_api.repositories.statements import (
    conversation_key,
    first_page_select,
    later_page_select,
)

# To look a member up by calling the class costs ten times as much.
DIRECTIONS: Final = {direction.value: direction for direction in MessageDirection}


@final
class SqlTranscriptRepository:
    def read(self, conversation_id: UUID, *, offset: int, limit: int, newest_first: bool) -> Transcript | None:
        key = conversation_key(conversation_id)
        if offset:
            rows = later_page_select(newest_first=newest_first)(key, key, limit, offset, key)
        else:
            rows = first_page_select(limit, newest_first=newest_first)(key, key, key)
        if not rows:
            return None
        opened_at, closed_at, message_count, first_message_id, *_ = rows[0]
        return Transcript(
            conversation=Conversation(id=conversation_id, opened_at=opened_at, closed_at=closed_at),
            message_count=message_count,
            # Without messages the join leaves one row, with nulls on their side.
            messages=[]
            if first_message_id is None
            else [
                Message(
                    id=message_id,
                    conversation_id=conversation_id,
                    direction=DIRECTIONS[direction],
                    content=content,
                    timestamp=timestamp,
                )
                for _, _, _, message_id, direction, content, timestamp in rows
            ],
        )
