"""Connect use cases to repositories: the only module that names the concrete classes."""

from collections.abc import Callable
from functools import cache
from typing import Any

from realmate_challenge.shared.database.retries import resilient
from realmate_challenge.webhook_api.contracts.repositories.conversations import ConversationRepository
from realmate_challenge.webhook_api.contracts.repositories.messages import MessageRepository
from realmate_challenge.webhook_api.contracts.repositories.unapplied_events import UnappliedEventRepository
from realmate_challenge.webhook_api.entities import events
from realmate_challenge.webhook_api.entities.pages import ConversationList, Transcript
from realmate_challenge.webhook_api.entities.unapplied_event import Backlog
from realmate_challenge.webhook_api.repositories.conversations import OrmConversationRepository
from realmate_challenge.webhook_api.repositories.messages import OrmMessageRepository
from realmate_challenge.webhook_api.repositories.unapplied_events import OrmUnappliedEventRepository
from realmate_challenge.webhook_api.serializers.events import decode_event, encode_event
from realmate_challenge.webhook_api.use_cases.close_conversation import CloseConversation
from realmate_challenge.webhook_api.use_cases.create_conversation import CreateConversation
from realmate_challenge.webhook_api.use_cases.create_message import CreateMessage
from realmate_challenge.webhook_api.use_cases.handle_webhook_event import HandleWebhookEvent
from realmate_challenge.webhook_api.use_cases.read_conversations import GetConversation, ListConversations
from realmate_challenge.webhook_api.use_cases.replay_events import ReplayEvents


@cache
def handle_webhook_event(*, accept_late: bool) -> Callable[[events.WebhookEvent], events.Outcome]:
    return resilient(_handler(accept_late=accept_late))


@cache
def replay_events(*, accept_late: bool) -> ReplayEvents:
    return ReplayEvents(retry=resilient(_handler(accept_late=accept_late).retry), unapplied_events=unapplied_events())


@cache
def _handler(*, accept_late: bool) -> HandleWebhookEvent:
    return handler(conversations(), OrmMessageRepository(), unapplied_events(), accept_late=accept_late)


def handler(
    conversations: ConversationRepository,
    messages: MessageRepository,
    unapplied_events: UnappliedEventRepository,
    *,
    accept_late: bool,
) -> HandleWebhookEvent:
    create_message = CreateMessage(conversations=conversations, messages=messages, accept_late=accept_late)
    handlers: dict[type[events.WebhookEvent], Callable[[Any], events.Outcome]] = {
        events.NewConversation: CreateConversation(conversations=conversations),
        events.NewMessage: create_message,
        events.CloseConversation: CloseConversation(conversations=conversations),
    }
    return HandleWebhookEvent(
        handlers=handlers, apply_messages=create_message.apply_all, unapplied_events=unapplied_events
    )


@cache
def get_conversation() -> Callable[..., Transcript]:
    return resilient(GetConversation(conversations=conversations()))


@cache
def list_conversations() -> Callable[..., ConversationList]:
    return resilient(ListConversations(conversations=conversations()))


@cache
def record_invalid_event() -> Callable[..., None]:
    return resilient(unapplied_events().record_invalid)


@cache
def measure_backlog() -> Callable[[], Backlog]:
    return resilient(unapplied_events().backlog)


@cache
def conversations() -> OrmConversationRepository:
    return OrmConversationRepository()


@cache
def unapplied_events() -> OrmUnappliedEventRepository:
    return OrmUnappliedEventRepository(encode=encode_event, decode=decode_event)
