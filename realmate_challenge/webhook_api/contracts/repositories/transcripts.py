"""What the use cases need to read conversations back."""

from typing import Protocol
from uuid import UUID

from realmate_challenge.webhook_api.entities.transcript import Transcript


class TranscriptRepository(Protocol):
    """Reads only. Instants are aware and in UTC."""

    def read(self, conversation_id: UUID, *, offset: int, limit: int, newest_first: bool) -> Transcript | None:
        """The conversation with `limit` of its messages after the first `offset`, or None if there is none.

        Messages come by timestamp, ties by id, so that pages never overlap. The cost does not grow with the history.
        """
