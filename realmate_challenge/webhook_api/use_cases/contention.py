"""The end of the retries of a use case that loses every race."""

from typing import Final
from uuid import UUID

from realmate_challenge.shared.errors import UnavailableError

MAX_TRIES: Final = 3


class ContentionError(UnavailableError):
    """The conversation changed between every write and the read after it. A later delivery will succeed."""

    def __init__(self, conversation_id: UUID) -> None:
        super().__init__(f'Conversation {conversation_id} is changing too fast; try again.')
