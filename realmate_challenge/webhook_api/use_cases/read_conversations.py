from dataclasses import dataclass
from typing import final
from uuid import UUID

from realmate_challenge.shared.errors import PageNotFoundError
from realmate_challenge.shared.pagination import PageRequest
from realmate_challenge.webhook_api.contracts.repositories.conversations import ConversationRepository
from realmate_challenge.webhook_api.entities.conversation import ConversationNotFoundError
from realmate_challenge.webhook_api.entities.pages import ConversationFilter, ConversationList, Transcript


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class GetConversation:
    conversations: ConversationRepository

    def __call__(self, conversation_id: UUID, page: PageRequest, *, newest_first: bool) -> Transcript:
        """Raises: ConversationNotFoundError, PageNotFoundError. An empty first page exists."""
        transcript = self.conversations.read_page(
            conversation_id, offset=page.offset, limit=page.size, newest_first=newest_first
        )
        if transcript is None:
            raise ConversationNotFoundError(conversation_id)
        if not page.exists_in(transcript.message_count):
            raise PageNotFoundError(page.number)
        return transcript


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
