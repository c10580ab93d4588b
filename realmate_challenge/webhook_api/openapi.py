"""What the API's description says of each operation; the views carry these as decorators."""

from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)

from realmate_challenge.shared import api_docs as openapi
from realmate_challenge.webhook_api.entities.conversation import ConversationStatus
from realmate_challenge.webhook_api.serializers.conversation_lists import ConversationListSerializer
from realmate_challenge.webhook_api.serializers.events import SERIALIZERS
from realmate_challenge.webhook_api.serializers.transcripts import TranscriptSerializer

CONVERSATION_ID: Final = '6a41b347-8d80-4ce9-84ba-7af66f369f6a'

type Event = dict[str, Any]

# The four events of the brief, as the customer wrote them.
NEW_CONVERSATION: Final[Event] = {
    'type': 'NEW_CONVERSATION',
    'timestamp': '2025-02-21T10:20:41.349308',
    'data': {'id': CONVERSATION_ID},
}
MESSAGE_RECEIVED: Final[Event] = {
    'type': 'NEW_MESSAGE',
    'timestamp': '2025-02-21T10:20:42.349308',
    'data': {
        'id': '49108c71-4dca-4af3-9f32-61bc745926e2',
        'direction': 'RECEIVED',
        'content': 'Olá, tudo bem?',
        'conversation_id': CONVERSATION_ID,
    },
}
MESSAGE_SENT: Final[Event] = {
    'type': 'NEW_MESSAGE',
    'timestamp': '2025-02-21T10:20:44.349308',
    'data': {
        'id': '16b63b04-60de-4257-b1a1-20a5154abc6d',
        'direction': 'SENT',
        'content': 'Tudo ótimo e você?',
        'conversation_id': CONVERSATION_ID,
    },
}
CLOSE_CONVERSATION: Final[Event] = {
    'type': 'CLOSE_CONVERSATION',
    'timestamp': '2025-02-21T10:20:45.349308',
    'data': {'id': CONVERSATION_ID},
}

_transcript: Final = {
    'id': CONVERSATION_ID,
    'status': 'CLOSED',
    'opened_at': '2025-02-21T10:20:41.349308Z',
    'closed_at': '2025-02-21T10:20:45.349308Z',
    'count': 2,
    'next': None,
    'previous': None,
    'messages': [
        {
            'id': event['data']['id'],
            'direction': event['data']['direction'],
            'content': event['data']['content'],
            'timestamp': f'{event["timestamp"]}Z',
        }
        for event in (MESSAGE_RECEIVED, MESSAGE_SENT)
    ],
}

_conversation_list: Final = {
    'count': 1,
    'next': None,
    'previous': None,
    'results': [
        {
            'id': CONVERSATION_ID,
            'status': 'CLOSED',
            'opened_at': '2025-02-21T10:20:41.349308Z',
            'closed_at': '2025-02-21T10:20:45.349308Z',
            'message_count': 2,
            'last_message_at': f'{MESSAGE_SENT["timestamp"]}Z',
        }
    ],
}

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
        'Deliver at least once, in any order, in parallel: copies of an event have the effect of one, and an event '
        'answered 204 is durable. Keys that are not described are ignored.'
    ),
    request={'application/json': _webhook_event},
    examples=[
        OpenApiExample('Conversation opened', value=NEW_CONVERSATION, request_only=True),
        OpenApiExample('Message received', value=MESSAGE_RECEIVED, request_only=True),
        OpenApiExample('Message sent', value=MESSAGE_SENT, request_only=True),
        OpenApiExample('Conversation closed', value=CLOSE_CONVERSATION, request_only=True),
    ],
    responses={
        204: OpenApiResponse(
            description='The event is applied, now or by an earlier delivery; or its conversation was erased.'
        ),
        400: openapi.bad_request(
            'Not a valid event, or one that the state of the conversation refuses.',
            ('PARSE_ERROR', 'Not valid JSON: unexpected end of data: line 1 column 2 (char 1).'),
            ('CONVERSATION_ALREADY_EXISTS', f'Conversation {CONVERSATION_ID} already exists, opened at another time.'),
            ('CONVERSATION_CLOSED', f'Conversation {CONVERSATION_ID} is closed.'),
            ('MESSAGE_ALREADY_EXISTS', f'Message {MESSAGE_SENT["data"]["id"]} already exists with other content.'),
            field='data.direction',
            message='This field is required.',
            code='required',
        ),
        401: openapi.error(
            'The signature is missing or wrong, where one is asked for.',
            ('NOT_AUTHENTICATED', 'Missing header: webhook-signature.'),
            ('INVALID_SIGNATURE', 'No secret matches the signature.'),
        ),
        404: openapi.error(
            'The conversation is not known yet. Deliver the event again later.',
            ('CONVERSATION_NOT_FOUND', f'Conversation {CONVERSATION_ID} does not exist.'),
        ),
        406: openapi.NOT_ACCEPTABLE,
        413: openapi.error('Over the cap on bodies.', ('PAYLOAD_TOO_LARGE', 'The request body is too large.')),
        415: openapi.error(
            'Not `application/json`.',
            ('UNSUPPORTED_MEDIA_TYPE', 'Unsupported media type "text/plain" in request.'),
        ),
        500: openapi.INTERNAL_ERROR,
        503: openapi.SERVICE_UNAVAILABLE,
    },
)

_INSTANT: Final = 'ISO 8601; without an offset it is UTC, and a date alone is its first instant.'

list_conversations: Final = extend_schema(
    operation_id='list_conversations',
    tags=['conversations'],
    summary='List conversations',
    description='By opening time, ties by id. A parameter that is not described, or has no value, is ignored.',
    parameters=[
        *openapi.PAGE_PARAMETERS,
        OpenApiParameter('status', enum=list(ConversationStatus)),
        OpenApiParameter('opened_after', OpenApiTypes.DATETIME, description=f'Opened then or later. {_INSTANT}'),
        OpenApiParameter('opened_before', OpenApiTypes.DATETIME, description=f'Opened earlier than then. {_INSTANT}'),
        OpenApiParameter(
            'ordering',
            enum=['opened_at', '-opened_at'],
            description='`-opened_at` for newest first (the default), `opened_at` for oldest first.',
        ),
    ],
    responses={
        200: OpenApiResponse(
            ConversationListSerializer,
            'One page of conversations.',
            examples=[OpenApiExample('One conversation', value=_conversation_list)],
        ),
        400: openapi.bad_request(
            'A filter has an invalid value, or the request is malformed.',
            ('BAD_REQUEST', 'Bad request.'),
            field='status',
            message='Must be one of OPEN, CLOSED.',
            code='invalid_choice',
        ),
        401: openapi.NOT_AUTHENTICATED,
        403: openapi.PERMISSION_DENIED,
        404: openapi.error('There is no such page.', ('NOT_FOUND', "There is no page '7'.")),
        406: openapi.NOT_ACCEPTABLE,
        500: openapi.INTERNAL_ERROR,
        503: openapi.SERVICE_UNAVAILABLE,
    },
)

read_conversation: Final = extend_schema(
    operation_id='read_conversation',
    tags=['conversations'],
    summary='Read a conversation',
    description='A conversation with one page of its messages, by timestamp, ties by id.',
    parameters=[
        OpenApiParameter('conversation_id', OpenApiTypes.UUID, OpenApiParameter.PATH),
        *openapi.PAGE_PARAMETERS,
        OpenApiParameter(
            'ordering',
            enum=['timestamp', '-timestamp'],
            description='`timestamp` for oldest first (the default), `-timestamp` for newest first.',
        ),
    ],
    responses={
        200: OpenApiResponse(
            TranscriptSerializer,
            'The conversation with one page of its messages.',
            examples=[OpenApiExample('A closed conversation', value=_transcript)],
        ),
        400: openapi.error(
            'The id is not a UUID, or the request is malformed.', ('INVALID_UUID', "'42' is not a UUID.")
        ),
        401: openapi.NOT_AUTHENTICATED,
        403: openapi.PERMISSION_DENIED,
        404: openapi.error(
            'There is no such conversation, or no such page of it.',
            ('CONVERSATION_NOT_FOUND', f'Conversation {CONVERSATION_ID} does not exist.'),
            ('NOT_FOUND', "There is no page '7'."),
        ),
        406: openapi.NOT_ACCEPTABLE,
        500: openapi.INTERNAL_ERROR,
        503: openapi.SERVICE_UNAVAILABLE,
    },
)
