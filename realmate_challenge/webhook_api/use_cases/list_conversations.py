"""Look through the conversations, one page at a time."""

from dataclasses import dataclass
from typing import final

from realmate_challenge.shared.errors import PageNotFoundError
from realmate_challenge.shared.pagination import PageRequest
from realmate_challenge.webhook_api.contracts.repositories.conversation_lists import ConversationListRepository
from realmate_challenge.webhook_api.entities.conversation_list import ConversationFilter, ConversationList


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ListConversations:
    conversation_lists: ConversationListRepository

    def __call__(self, wanted: ConversationFilter, page: PageRequest, *, newest_first: bool) -> ConversationList:
        """Raises: PageNotFoundError. The first page exists even when it is empty."""
        found = self.conversation_lists.read(wanted, offset=page.offset, limit=page.size, newest_first=newest_first)
        if not page.exists_in(found.count):
            raise PageNotFoundError(page.number)
        return found
