"""What the use cases need to forget."""

from typing import Protocol
from uuid import UUID


class ErasureRepository(Protocol):
    def erase(self, conversation_id: UUID) -> bool:
        """Delete the conversation, its messages, and the unapplied events kept for it: all or nothing, durably.

        True if, and only if, this call deleted it. A message that races it is deleted too, or not stored. The cost in
        memory does not grow with the history.
        """
