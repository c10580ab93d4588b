"""One repository of each kind over one store, in memory or in the database."""

from dataclasses import dataclass

from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.contracts.repositories.conversations import ConversationRepository
from realmate_challenge.webhook_api.contracts.repositories.messages import MessageRepository
from realmate_challenge.webhook_api.contracts.repositories.unapplied_events import UnappliedEventRepository
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedFilter
from realmate_challenge.webhook_api.repositories.conversations import OrmConversationRepository
from realmate_challenge.webhook_api.repositories.messages import OrmMessageRepository
from realmate_challenge.webhook_api.repositories.unapplied_events import OrmUnappliedEventRepository
from realmate_challenge.webhook_api.serializers.events import decode_event, encode_event
from realmate_challenge.webhook_api.tests.support.fakes.conversations import InMemoryConversationRepository
from realmate_challenge.webhook_api.tests.support.fakes.messages import InMemoryMessageRepository
from realmate_challenge.webhook_api.tests.support.fakes.store import InMemoryStore
from realmate_challenge.webhook_api.tests.support.fakes.unapplied_events import InMemoryUnappliedEventRepository
from realmate_challenge.webhook_api.use_cases.handle_webhook_event import HandleWebhookEvent
from realmate_challenge.webhook_api.use_cases.replay_events import ReplayEvents, ReplayResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Repositories:
    conversations: ConversationRepository
    messages: MessageRepository
    unapplied_events: UnappliedEventRepository

    def handle_webhook_event(self, *, accept_late: bool = False) -> HandleWebhookEvent:
        return composition.handler(self.conversations, self.messages, self.unapplied_events, accept_late=accept_late)

    def replay_events(self, *, accept_late: bool = False) -> list[ReplayResult]:
        retry = self.handle_webhook_event(accept_late=accept_late).retry
        replay = ReplayEvents(retry=retry, unapplied_events=self.unapplied_events)
        return [result for _, result in replay(UnappliedFilter())]


def in_memory(store: InMemoryStore | None = None) -> Repositories:
    store = store or InMemoryStore()
    return Repositories(
        conversations=InMemoryConversationRepository(store),
        messages=InMemoryMessageRepository(store),
        unapplied_events=InMemoryUnappliedEventRepository(store),
    )


def in_database() -> Repositories:
    return Repositories(
        conversations=OrmConversationRepository(),
        messages=OrmMessageRepository(),
        unapplied_events=OrmUnappliedEventRepository(encode=encode_event, decode=decode_event),
    )
