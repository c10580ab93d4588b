from typing import Any, ClassVar, Never
from uuid import UUID

from rest_framework import serializers

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.shared.pagination import Links
from realmate_challenge.webhook_api.entities.conversation import Conversation, ConversationStatus
from realmate_challenge.webhook_api.entities.message import MessageDirection
from realmate_challenge.webhook_api.entities.pages import Transcript
from realmate_challenge.webhook_api.serializers.fields import parse_uuid


class InvalidUUIDError(DomainError):
    """The id in the URL is not a UUID."""

    code: ClassVar[str] = 'INVALID_UUID'

    def __init__(self, text: str) -> None:
        super().__init__(f'{text[:64]!r} is not a UUID.')


def parse_conversation_id(text: str) -> UUID:
    """Return the UUID. Raises: InvalidUUIDError."""
    try:
        return parse_uuid(text)
    except ValueError as error:
        raise InvalidUUIDError(text) from error


class MessageSerializer(serializers.Serializer[Never]):
    id = serializers.UUIDField()
    direction = serializers.ChoiceField(choices=list(MessageDirection))
    content = serializers.CharField(help_text='Exactly as sent.')
    timestamp = serializers.DateTimeField(help_text='Time of sending by the clock of the platform, in UTC.')


class ConversationSerializer(serializers.Serializer[Never]):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=list(ConversationStatus))
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class PagedSerializer(serializers.Serializer[Never]):
    count = serializers.IntegerField(min_value=0, help_text='The number of rows on all pages.')
    next = serializers.URLField(allow_null=True, help_text='URL of the next page.')
    previous = serializers.URLField(allow_null=True, help_text='URL of the previous page.')


class TranscriptSerializer(ConversationSerializer, PagedSerializer):
    """A conversation with one page of its messages."""

    messages = MessageSerializer(many=True)


def present_conversation(conversation: Conversation) -> dict[str, Any]:
    """Return the fields of `ConversationSerializer`. The renderer converts the values, which is faster."""
    return {
        'id': conversation.id,
        'status': conversation.status,
        'opened_at': conversation.opened_at,
        'closed_at': conversation.closed_at,
    }


def present_transcript(transcript: Transcript, links: Links) -> dict[str, Any]:
    return {
        **present_conversation(transcript.conversation),
        'count': transcript.message_count,
        'next': links[0],
        'previous': links[1],
        'messages': [
            {
                'id': message.id,
                'direction': message.direction,
                'content': message.content,
                'timestamp': message.timestamp,
            }
            for message in transcript.messages
        ],
    }
