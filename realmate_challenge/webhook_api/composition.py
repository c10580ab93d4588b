"""Wires use cases to repositories. Nothing else names the concrete classes."""

from functools import cache

from django.conf import settings

from realmate_challenge.webhook_api.repositories.conversations import OrmConversationRepository
from realmate_challenge.webhook_api.repositories.messages import OrmMessageRepository
from realmate_challenge.webhook_api.repositories.transcripts import OrmTranscriptRepository
from realmate_challenge.webhook_api.use_cases.close_conversation import CloseConversation
from realmate_challenge.webhook_api.use_cases.create_conversation import CreateConversation
from realmate_challenge.webhook_api.use_cases.create_message import CreateMessage
from realmate_challenge.webhook_api.use_cases.get_conversation import GetConversation
from realmate_challenge.webhook_api.use_cases.handle_webhook_event import HandleWebhookEvent


def handle_webhook_event() -> HandleWebhookEvent:
    return _handle_webhook_event(accept_late=settings.WEBHOOK_ACCEPT_LATE_MESSAGES)


@cache
def _handle_webhook_event(*, accept_late: bool) -> HandleWebhookEvent:
    """Use cases and repositories keep no state, so one of each serves every request."""
    conversations = OrmConversationRepository()
    return HandleWebhookEvent(
        create_conversation=CreateConversation(conversations=conversations),
        create_message=CreateMessage(
            conversations=conversations, messages=OrmMessageRepository(), accept_late=accept_late
        ),
        close_conversation=CloseConversation(conversations=conversations),
    )


@cache
def get_conversation() -> GetConversation:
    return GetConversation(transcripts=OrmTranscriptRepository())
