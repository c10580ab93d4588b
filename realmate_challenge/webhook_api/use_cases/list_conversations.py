"""Return one page of the conversations."""

from dataclasses import dataclass
from typing import final

from realmate_challenge.shared.errors import PageNotFoundError
from realmate_challenge.shared.pagination import PageRequest
from realmate_challenge.webhook_api.contracts.repositories.conversations import ConversationRepository
from realmate_challenge.webhook_api.entities.conversation_list import ConversationFilter, ConversationList


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ListConversations:
    conversations: ConversationRepository

    def __call__(self, wanted: ConversationFilter, page: PageRequest, *, newest_first: bool) -> ConversationList:
        """Raises: PageNotFoundError. An empty first page exists."""
        found = self.conversations.list_page(wanted, offset=page.offset, limit=page.size, newest_first=newest_first)
        if not page.exists_in(found.count):
            raise PageNotFoundError(page.number)
        return found
