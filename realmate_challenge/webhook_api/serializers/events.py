"""The platform's JSON in, typed events out."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Never, cast, final

import orjson
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.fields import empty

from realmate_challenge.shared.http.parsers import loads
from realmate_challenge.webhook_api.entities import events
from realmate_challenge.webhook_api.entities.message import MAX_CONTENT_LENGTH, MessageDirection
from realmate_challenge.webhook_api.serializers.fields import (
    ExactTextField,
    InstantField,
    StrictChoiceField,
    StrictUUIDField,
)

TIMESTAMP_HELP: Final = 'When it happened: ISO 8601 date and time; without an offset it is UTC.'


class ObjectSerializer(serializers.Serializer[Never]):
    """A JSON object of strict fields. As REST framework validates it, without what such fields do not use.

    That is: HTML forms, `validate_*` methods, sources, defaults, read-only fields and validators of the whole.
    """

    @cached_property
    def _plan(self) -> tuple[tuple[str, Callable[[object], Any]], ...]:
        return tuple((name, field.run_validation) for name, field in self.fields.items())

    def to_internal_value(self, data: Any) -> Any:  # noqa: ANN401 - parsed JSON
        if not isinstance(data, dict):
            return super().to_internal_value(data)
        valid, errors = {}, {}
        for name, validate in self._plan:
            try:
                valid[name] = validate(data.get(name, empty))
            except serializers.ValidationError as error:
                errors[name] = error.detail
        if errors:
            raise serializers.ValidationError(errors)
        return valid

    def run_validation(self, data: Any = empty) -> Any:  # noqa: ANN401 - parsed JSON
        return self.to_internal_value(data) if isinstance(data, dict) else super().run_validation(data)


@final
class ConversationDataSerializer(ObjectSerializer):
    """Which conversation it is."""

    id = StrictUUIDField(help_text='Id of the conversation.')


@final
class MessageDataSerializer(ObjectSerializer):
    """The message, and where it belongs."""

    id = StrictUUIDField(help_text='Id of the message.')
    direction = StrictChoiceField(MessageDirection, help_text='As the company sees it.')
    content = ExactTextField(max_length=MAX_CONTENT_LENGTH, help_text='Kept exactly as it was sent.')
    conversation_id = StrictUUIDField(help_text='Id of the conversation it belongs to.')


@final
class NewConversationSerializer(ObjectSerializer):
    """A conversation was opened."""

    type = StrictChoiceField([events.EventType.NEW_CONVERSATION])
    timestamp = InstantField(help_text=TIMESTAMP_HELP)
    data = ConversationDataSerializer()  # type: ignore[assignment]  # REST framework moves fields off the class

    def to_internal_value(self, data: Any) -> events.NewConversation:  # noqa: ANN401 - parsed JSON
        valid = super().to_internal_value(data)
        return events.NewConversation(conversation_id=valid['data']['id'], timestamp=valid['timestamp'])


@final
class NewMessageSerializer(ObjectSerializer):
    """A message was sent or received."""

    type = StrictChoiceField([events.EventType.NEW_MESSAGE])
    timestamp = InstantField(help_text=TIMESTAMP_HELP)
    data = MessageDataSerializer()  # type: ignore[assignment]  # REST framework moves fields off the class

    def to_internal_value(self, data: Any) -> events.NewMessage:  # noqa: ANN401 - parsed JSON
        valid = super().to_internal_value(data)
        message = valid['data']
        return events.NewMessage(
            conversation_id=message['conversation_id'],
            timestamp=valid['timestamp'],
            message_id=message['id'],
            direction=message['direction'],
            content=message['content'],
        )


@final
class CloseConversationSerializer(ObjectSerializer):
    """A conversation was closed."""

    type = StrictChoiceField([events.EventType.CLOSE_CONVERSATION])
    timestamp = InstantField(help_text=TIMESTAMP_HELP)
    data = ConversationDataSerializer()  # type: ignore[assignment]  # REST framework moves fields off the class

    def to_internal_value(self, data: Any) -> events.CloseConversation:  # noqa: ANN401 - parsed JSON
        valid = super().to_internal_value(data)
        return events.CloseConversation(conversation_id=valid['data']['id'], timestamp=valid['timestamp'])


@final
class UnknownEventSerializer(ObjectSerializer):
    """What can be said of an event without knowing its type; never valid, for it is used only when `type` is not."""

    type = StrictChoiceField(events.EventType)
    timestamp = InstantField()
    data = serializers.DictField()  # type: ignore[assignment]  # REST framework moves fields off the class


# Built once: a serializer's `run_validation` keeps nothing between calls, and building its fields costs more than it.
SERIALIZERS: Final[Mapping[object, serializers.Serializer[Never]]] = {
    events.EventType.NEW_CONVERSATION.value: NewConversationSerializer(),
    events.EventType.NEW_MESSAGE.value: NewMessageSerializer(),
    events.EventType.CLOSE_CONVERSATION.value: CloseConversationSerializer(),
}
UNKNOWN: Final = UnknownEventSerializer()


def parse_event(document: object) -> events.WebhookEvent:
    """The event that a parsed JSON document stands for.

    Raises: ValidationError, naming every field that is to blame.
    """
    kind = document.get('type') if isinstance(document, dict) else None
    serializer = SERIALIZERS.get(kind, UNKNOWN) if isinstance(kind, str) else UNKNOWN
    return cast('events.WebhookEvent', serializer.run_validation(document))


def encode_event(event: events.WebhookEvent) -> str:
    """Return the event as JSON: its known fields and nothing else of the body that was received."""
    data: dict[str, object] = {'id': event.conversation_id}
    if isinstance(event, events.NewMessage):
        data = {
            'id': event.message_id,
            'conversation_id': event.conversation_id,
            'direction': event.direction,
            'content': event.content,
        }
    return orjson.dumps({'type': events.type_of(event), 'timestamp': event.timestamp, 'data': data}).decode()


def decode_event(payload: str) -> events.WebhookEvent:
    """Return the event that `encode_event` wrote.

    Raises: ParseError, ValidationError.
    """
    return parse_event(loads(payload.encode()))
