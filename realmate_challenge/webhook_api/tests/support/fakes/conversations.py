"""`ConversationRepository` in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from realmate_challenge.webhook_api.entities.conversation import (
    Conversation,
    ConversationErasedError,
    ConversationStatus,
)
from realmate_challenge.webhook_api.entities.pages import (
    ConversationFilter,
    ConversationList,
    ConversationSummary,
    Transcript,
)
from realmate_challenge.webhook_api.tests.support.fakes.store import InMemoryStore


@dataclass(frozen=True, slots=True)
class InMemoryConversationRepository:
    store: InMemoryStore = field(default_factory=InMemoryStore)

    def add(self, conversation: Conversation) -> bool:
        with self.store.lock:
            if conversation.id in self.store.conversations or conversation.id in self.store.erased:
                return False
            self.store.conversations[conversation.id] = conversation
            return True

    def close(self, conversation_id: UUID, closed_at: datetime) -> bool:
        with self.store.lock:
            stored = self.store.conversations.get(conversation_id)
            if stored is None or stored.status is not ConversationStatus.OPEN:
                return False
            self.store.conversations[conversation_id] = replace(stored, closed_at=closed_at)
            return True

    def get(self, conversation_id: UUID) -> Conversation | None:
        with self.store.lock:
            if conversation_id in self.store.erased:
                raise ConversationErasedError(conversation_id)
            return self.store.conversations.get(conversation_id)

    def read_page(self, conversation_id: UUID, *, offset: int, limit: int, newest_first: bool) -> Transcript | None:
        with self.store.lock:
            conversation = self.store.conversations.get(conversation_id)
            messages = [each for each in self.store.messages.values() if each.conversation_id == conversation_id]
        if conversation is None:
            return None
        messages.sort(key=attrgetter('timestamp', 'received_at', 'id'), reverse=newest_first)
        page = messages[offset : offset + limit]
        return Transcript(conversation=conversation, message_count=len(messages), messages=page)

    def list_page(self, wanted: ConversationFilter, *, offset: int, limit: int, newest_first: bool) -> ConversationList:
        with self.store.lock:
            found = [each for each in self.store.conversations.values() if _matches(each, wanted)]
            found.sort(key=attrgetter('opened_at', 'id'), reverse=newest_first)
            summaries = [self._summary(each) for each in found[offset : offset + limit]]
        return ConversationList(count=len(found), summaries=summaries)

    def _summary(self, conversation: Conversation) -> ConversationSummary:
        sent = [each.timestamp for each in self.store.messages.values() if each.conversation_id == conversation.id]
        return ConversationSummary(
            conversation=conversation, message_count=len(sent), last_message_at=max(sent, default=None)
        )

    def erase(self, conversation_id: UUID, erased_at: datetime) -> None:
        with self.store.lock:
            self.store.erased.setdefault(conversation_id, erased_at)
            self.store.conversations.pop(conversation_id, None)
            for message in list(self.store.messages.values()):
                if message.conversation_id == conversation_id:
                    del self.store.messages[message.id]
            for digest, kept in list(self.store.unapplied_events.items()):
                if kept.event and kept.event.conversation_id == conversation_id:
                    del self.store.unapplied_events[digest]


def _matches(conversation: Conversation, wanted: ConversationFilter) -> bool:
    return (
        wanted.status in {None, conversation.status}
        and (wanted.opened_after is None or conversation.opened_at >= wanted.opened_after)
        and (wanted.opened_before is None or conversation.opened_at < wanted.opened_before)
    )
