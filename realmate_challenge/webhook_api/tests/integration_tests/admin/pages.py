"""URLs of the admin pages."""

from typing import Final
from uuid import UUID

CONVERSATIONS: Final = '/admin/webhook_api/conversation/'
MESSAGES: Final = '/admin/webhook_api/message/'
EVENTS: Final = '/admin/webhook_api/unappliedevent/'
LISTS: Final = (CONVERSATIONS, MESSAGES, EVENTS)


def transcript_of(conversation_id: UUID) -> str:
    return f'{CONVERSATIONS}{conversation_id}/change/'


def erasure_of(conversation_id: UUID) -> str:
    return f'{CONVERSATIONS}{conversation_id}/delete/'
