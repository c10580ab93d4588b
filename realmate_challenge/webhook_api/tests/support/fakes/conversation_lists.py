"""`ConversationListRepository` in memory."""

from dataclasses import dataclass, field
from typing import final

from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.conversation_list import (
    ConversationFilter,
    ConversationList,
    ConversationSummary,
)
from realmate_challenge.webhook_api.tests.support.fakes.store import InMemoryStore


@final
@dataclass(frozen=True, slots=True)
class InMemoryConversationListRepository:
    store: InMemoryStore = field(default_factory=InMemoryStore)

    def read(self, wanted: ConversationFilter, *, offset: int, limit: int, newest_first: bool) -> ConversationList:
        with self.store.lock:
            found = [each for each in self.store.conversations.values() if _matches(each, wanted)]
            found.sort(key=lambda each: (each.opened_at, each.id), reverse=newest_first)
            summaries = [self._summary(each) for each in found[offset : offset + limit]]
        return ConversationList(count=len(found), summaries=summaries)

    def _summary(self, conversation: Conversation) -> ConversationSummary:
        sent = [each.timestamp for each in self.store.messages.values() if each.conversation_id == conversation.id]
        return ConversationSummary(
            conversation=conversation, message_count=len(sent), last_message_at=max(sent, default=None)
        )


def _matches(conversation: Conversation, wanted: ConversationFilter) -> bool:
    return (
        wanted.status in {None, conversation.status}
        and (wanted.opened_after is None or conversation.opened_at >= wanted.opened_after)
        and (wanted.opened_before is None or conversation.opened_at < wanted.opened_before)
    )
