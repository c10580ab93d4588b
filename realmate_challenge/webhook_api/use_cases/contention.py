"""What a use case does when the way is blocked at each write and free at each look: it gives up, in the end."""

from typing import Final
from uuid import UUID

from realmate_challenge.shared.errors import UnavailableError

MAX_TRIES: Final = 3


class ContentionError(UnavailableError):
    """Others changed the conversation between every write and the look that followed. A later delivery will pass."""

    def __init__(self, conversation_id: UUID) -> None:
        super().__init__(f'Conversation {conversation_id} is changing too fast; try again.')
