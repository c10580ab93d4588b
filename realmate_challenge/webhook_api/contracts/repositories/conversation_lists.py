"""What the use cases need to look through conversations."""

from typing import Protocol

from realmate_challenge.webhook_api.entities.conversation_list import ConversationFilter, ConversationList


class ConversationListRepository(Protocol):
    """Reads only. Instants are aware and in UTC."""

    def read(self, wanted: ConversationFilter, *, offset: int, limit: int, newest_first: bool) -> ConversationList:
        """The count of the wanted conversations, and `limit` of them after the first `offset`.

        They come by opening time, ties by id, so that pages never overlap. Messages are counted for those in the window
        only.
        """
