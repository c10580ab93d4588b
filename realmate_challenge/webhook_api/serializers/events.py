"""Convert JSON of the platform into typed events, and back."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Never, cast

import orjson
from rest_framework import serializers
from rest_framework.exceptions import APIException

from realmate_challenge.shared.http.exception_handler import reason
from realmate_challenge.shared.http.parsers import loads
from realmate_challenge.shared.observability.security_log import printable
from realmate_challenge.webhook_api.entities.events import (
    CloseConversation,
    EventType,
    NewConversation,
    NewMessage,
    WebhookEvent,
)
from realmate_challenge.webhook_api.entities.message import MAX_CONTENT_LENGTH, Message, MessageDirection
from realmate_challenge.webhook_api.entities.unapplied_event import UnreadableEventError
from realmate_challenge.webhook_api.serializers.fields import (
    ExactTextField,
    InstantField,
    StrictChoiceField,
    StrictUUIDField,
)

# The length of the column for the type of a kept event.
MAX_TYPE_LENGTH: Final = 18
TIMESTAMP_HELP: Final = 'Time of the event: ISO 8601 date and time; without an offset it is UTC.'


class ConversationDataSerializer(serializers.Serializer[Never]):
    """The conversation of the event."""

    id = StrictUUIDField(source='conversation_id', help_text='Id of the conversation.')


class MessageDataSerializer(serializers.Serializer[Never]):
    """The message and its conversation."""

    id = StrictUUIDField(help_text='Id of the message.')
    direction = StrictChoiceField(MessageDirection, help_text='Direction as seen by the company.')
    content = ExactTextField(max_length=MAX_CONTENT_LENGTH, help_text='Stored exactly as sent.')
    conversation_id = StrictUUIDField(help_text='Id of the conversation that the message belongs to.')


class NewConversationSerializer(serializers.Serializer[Never]):
    """A conversation was opened."""

    type = StrictChoiceField([EventType.NEW_CONVERSATION])
    timestamp = InstantField(help_text=TIMESTAMP_HELP)
    data = ConversationDataSerializer(source='*')  # type: ignore[assignment]  # REST framework moves fields off the class

    def to_internal_value(self, data: Any) -> NewConversation:  # noqa: ANN401 - parsed JSON
        valid = super().to_internal_value(data)
        return NewConversation(conversation_id=valid['conversation_id'], timestamp=valid['timestamp'])


class NewMessageSerializer(serializers.Serializer[Never]):
    """A message was sent or received."""

    type = StrictChoiceField([EventType.NEW_MESSAGE])
    timestamp = InstantField(help_text=TIMESTAMP_HELP)
    data = MessageDataSerializer(source='message')  # type: ignore[assignment]  # REST framework moves fields off the class

    def to_internal_value(self, data: Any) -> NewMessage:  # noqa: ANN401 - parsed JSON
        valid = super().to_internal_value(data)
        return NewMessage(message=Message(timestamp=valid['timestamp'], **valid['message']))


class CloseConversationSerializer(serializers.Serializer[Never]):
    """A conversation was closed."""

    type = StrictChoiceField([EventType.CLOSE_CONVERSATION])
    timestamp = InstantField(help_text=TIMESTAMP_HELP)
    data = ConversationDataSerializer(source='*')  # type: ignore[assignment]  # REST framework moves fields off the class

    def to_internal_value(self, data: Any) -> CloseConversation:  # noqa: ANN401 - parsed JSON
        valid = super().to_internal_value(data)
        return CloseConversation(conversation_id=valid['conversation_id'], timestamp=valid['timestamp'])


class UnknownEventSerializer(serializers.Serializer[Never]):
    """An event without a known type, which is never valid: validation reports all errors."""

    type = StrictChoiceField(EventType)
    timestamp = InstantField()
    data = serializers.DictField()  # type: ignore[assignment]  # REST framework moves fields off the class


# Create each serializer once: `run_validation` keeps no state, and creating the fields costs more than validation.
SERIALIZERS: Final[Mapping[str, serializers.Serializer[Never]]] = {
    EventType.NEW_CONVERSATION: NewConversationSerializer(),
    EventType.NEW_MESSAGE: NewMessageSerializer(),
    EventType.CLOSE_CONVERSATION: CloseConversationSerializer(),
}
UNKNOWN: Final = UnknownEventSerializer()


# The four events of the brief, by their titles in the documentation.
EXAMPLES: Final[dict[str, Any]] = json.loads(Path(__file__).with_name('examples.json').read_text('utf-8'))


def parse_event(document: object) -> WebhookEvent:
    """Return the event of a parsed JSON document.

    Raises: ValidationError, which names every invalid field.
    """
    event_type = document.get('type') if isinstance(document, dict) else None
    serializer = SERIALIZERS.get(event_type, UNKNOWN) if isinstance(event_type, str) else UNKNOWN
    return cast('WebhookEvent', serializer.run_validation(document))


def given_type(document: object) -> str:
    """Return the event type of a parsed JSON document, known or not, short and fit for a log line."""
    event_type = document.get('type', '') if isinstance(document, dict) else ''
    return printable(event_type)[:MAX_TYPE_LENGTH] if isinstance(event_type, str) else ''


def encode_event(event: WebhookEvent) -> str:
    """Return the event as JSON, without unknown keys of the received body and optional fields that are not set."""
    document = SERIALIZERS[event.type].to_representation(cast('Never', event))
    document['data'] = {name: value for name, value in document['data'].items() if value is not None}
    return orjson.dumps(document).decode()


def decode_event(payload: str, received_at: datetime) -> WebhookEvent:
    """Return the event that `encode_event` wrote, or that the platform sent, with the time of its first delivery.

    Raises: UnreadableEventError.
    """
    try:
        event = parse_event(loads(payload.encode()))
    except APIException as error:
        raise UnreadableEventError(reason(error)) from error
    if isinstance(event, NewMessage):
        return replace(event, message=replace(event.message, received_at=received_at))
    return event
