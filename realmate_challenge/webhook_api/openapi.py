"""Descriptions of the operations for OpenAPI: decorators of the views, with the events of the brief as examples."""

import json
from typing import Any, Final
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework import exceptions

from realmate_challenge.shared import api_docs as openapi
from realmate_challenge.shared.errors import PageNotFoundError
from realmate_challenge.shared.http.exception_handler import BadRequest
from realmate_challenge.shared.http.parsers import NOT_JSON, PayloadTooLarge
from realmate_challenge.shared.http.renderers import OrjsonRenderer
from realmate_challenge.shared.security.signatures import InvalidSignature
from realmate_challenge.webhook_api.entities.conversation import (
    Conversation,
    ConversationAlreadyExistsError,
    ConversationAwaitedError,
    ConversationClosedError,
    ConversationNotFoundError,
)
from realmate_challenge.webhook_api.entities.message import MessageAlreadyExistsError
from realmate_challenge.webhook_api.entities.pages import ConversationList, ConversationSummary, Transcript
from realmate_challenge.webhook_api.serializers.conversation_lists import (
    ConversationFilterSerializer,
    ConversationListSerializer,
    present_conversation_list,
)
from realmate_challenge.webhook_api.serializers.events import EXAMPLES, SERIALIZERS, parse_event
from realmate_challenge.webhook_api.serializers.transcripts import (
    InvalidUUIDError,
    TranscriptSerializer,
    present_transcript,
)

# What the service stores and returns after the events of the brief.
_events: Final[list[Any]] = [parse_event(event) for event in EXAMPLES.values()]
_id: Final[UUID] = _events[0].conversation_id
_messages: Final = [event.message for event in _events[1:3]]
_conversation: Final = Conversation(id=_id, opened_at=_events[0].timestamp, closed_at=_events[3].timestamp)
_transcript: Final = Transcript(conversation=_conversation, message_count=2, messages=_messages)
_row: Final = ConversationSummary(conversation=_conversation, message_count=2, last_message_at=_messages[1].timestamp)
_list: Final = ConversationList(count=1, summaries=[_row])
# Swagger UI enters it, so that a reader can send the request at once.
_brief: Final = OpenApiExample('The conversation of the examples', value=str(_id))


def _example(name: str, answer: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value=json.loads(OrjsonRenderer().render(answer)))


_webhook_event: Final[Any] = PolymorphicProxySerializer(
    component_name='WebhookEvent',
    serializers={str(kind): type(serializer) for kind, serializer in SERIALIZERS.items()},
    resource_type_field_name='type',
)

receive_event: Final = extend_schema(
    operation_id='receive_event',
    tags=['webhook'],
    summary='Receive an event',
    description=(
        'Deliver each event at least once; the order does not matter, and requests may run in parallel. Copies of an '
        'event have the effect of one. An event answered with 204 is durable. Unknown keys are ignored. The signature '
        'of the WhatsApp Cloud API is supported, but not its payloads or verification request (`hub.challenge`).'
    ),
    request={'application/json': _webhook_event},
    examples=[OpenApiExample(name, value=event, request_only=True) for name, event in EXAMPLES.items()],
    responses={
        204: OpenApiResponse(description='The event is applied, or its conversation has been erased.'),
        400: openapi.error(
            'The event is not valid, or the state of the conversation does not allow it.',
            exceptions.ValidationError({'data.direction': ['This field is required.']}, 'required'),
            exceptions.ParseError('Not valid JSON: Expecting value: line 1 column 1 (char 0).'),
            ConversationAlreadyExistsError(_id),
            ConversationClosedError(_id),
            MessageAlreadyExistsError(_messages[1].id),
        ),
        401: openapi.error(
            'Signatures are required, and the signature is missing or invalid.',
            exceptions.NotAuthenticated('Missing header: webhook-signature.'),
            InvalidSignature(),
        ),
        404: openapi.error('The conversation does not exist yet. The event is kept.', ConversationAwaitedError(_id)),
        413: openapi.error('The body is too large.', PayloadTooLarge()),
        415: openapi.error(
            'The body is not `application/json`, or has a `Content-Encoding` other than `identity`.',
            exceptions.UnsupportedMediaType('', NOT_JSON),
        ),
        **openapi.SERVER_ERRORS,
    },
)

list_conversations: Final = extend_schema(
    operation_id='list_conversations',
    tags=['conversations'],
    summary='List conversations',
    description='Conversations by opening time, then by id. Parameters without a value are ignored.',
    parameters=[
        openapi.PageSerializer,
        ConversationFilterSerializer,
        OpenApiParameter('ordering', enum=['opened_at', '-opened_at'], description='Default: newest first.'),
    ],
    responses={
        200: OpenApiResponse(
            ConversationListSerializer,
            'One page of conversations.',
            examples=[_example('One conversation', present_conversation_list(_list, (None, None)))],
        ),
        400: openapi.error(
            'A filter has an invalid value, or the request is malformed.',
            exceptions.ValidationError({'status': ['Must be one of OPEN, CLOSED.']}, 'invalid_choice'),
            BadRequest(),
        ),
        404: openapi.error('There is no such page.', PageNotFoundError('7')),
        **openapi.READ_ERRORS,
    },
)

read_conversation: Final = extend_schema(
    operation_id='read_conversation',
    tags=['conversations'],
    summary='Read a conversation',
    description=(
        'A conversation with one page of its messages, by timestamp. Those of one instant are in the order of arrival.'
    ),
    parameters=[
        OpenApiParameter('conversation_id', OpenApiTypes.UUID, OpenApiParameter.PATH, examples=[_brief]),
        openapi.PageSerializer,
        OpenApiParameter('ordering', enum=['timestamp', '-timestamp'], description='Default: oldest first.'),
    ],
    responses={
        200: OpenApiResponse(
            TranscriptSerializer,
            'The conversation with one page of its messages.',
            examples=[_example('A closed conversation', present_transcript(_transcript, (None, None)))],
        ),
        400: openapi.error('The id or the request is malformed.', InvalidUUIDError('42')),
        404: openapi.error('No such conversation or page.', ConversationNotFoundError(_id), PageNotFoundError('7')),
        **openapi.READ_ERRORS,
    },
)
