"""Descriptions of the API's operations, which the views carry as decorators."""

from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)

from realmate_challenge.shared import api_docs
from realmate_challenge.webhook_api.serializers.conversation_lists import (
    ConversationFilterSerializer,
    ConversationListSerializer,
)
from realmate_challenge.webhook_api.serializers.events import SERIALIZERS
from realmate_challenge.webhook_api.serializers.transcripts import TranscriptSerializer

CONVERSATION_ID: Final = '6a41b347-8d80-4ce9-84ba-7af66f369f6a'

type Event = dict[str, Any]


def _event(event_type: str, second: int, **data: str) -> Event:
    return {'type': event_type, 'timestamp': f'2025-02-21T10:20:{second}.349308', 'data': data}


# The four events of the brief.
NEW_CONVERSATION: Final = _event('NEW_CONVERSATION', 41, id=CONVERSATION_ID)
MESSAGE_RECEIVED: Final = _event(
    'NEW_MESSAGE',
    42,
    id='49108c71-4dca-4af3-9f32-61bc745926e2',
    direction='RECEIVED',
    content='Olá, tudo bem?',
    conversation_id=CONVERSATION_ID,
)
MESSAGE_SENT: Final = _event(
    'NEW_MESSAGE',
    44,
    id='16b63b04-60de-4257-b1a1-20a5154abc6d',
    direction='SENT',
    content='Tudo ótimo e você?',
    conversation_id=CONVERSATION_ID,
)
CLOSE_CONVERSATION: Final = _event('CLOSE_CONVERSATION', 45, id=CONVERSATION_ID)
EXAMPLES: Final = {
    'Conversation opened': NEW_CONVERSATION,
    'Message received': MESSAGE_RECEIVED,
    'Message sent': MESSAGE_SENT,
    'Conversation closed': CLOSE_CONVERSATION,
}


def _message(event: Event) -> dict[str, str]:
    data = {name: value for name, value in event['data'].items() if name != 'conversation_id'}
    return {**data, 'timestamp': f'{event["timestamp"]}Z'}


_conversation: Final = {
    'id': CONVERSATION_ID,
    'status': 'CLOSED',
    'opened_at': f'{NEW_CONVERSATION["timestamp"]}Z',
    'closed_at': f'{CLOSE_CONVERSATION["timestamp"]}Z',
}
_no_links: Final = {'next': None, 'previous': None}
_transcript: Final = {
    **_conversation,
    'count': 2,
    **_no_links,
    'messages': [_message(MESSAGE_RECEIVED), _message(MESSAGE_SENT)],
}
_summary: Final = {**_conversation, 'message_count': 2, 'last_message_at': f'{MESSAGE_SENT["timestamp"]}Z'}
_conversation_list: Final = {'count': 1, **_no_links, 'results': [_summary]}

receive_event: Final = extend_schema(
    operation_id='receive_event',
    tags=['webhook'],
    summary='Receive an event',
    description=(
        'Deliver at least once, in any order, in parallel: copies of an event have the effect of one, and an event '
        'answered 204 is durable. Keys that are not described are ignored.'
    ),
    request={
        'application/json': PolymorphicProxySerializer(
            component_name='WebhookEvent',
            serializers={str(event_type): type(serializer) for event_type, serializer in SERIALIZERS.items()},
            resource_type_field_name='type',
        )
    },
    examples=[OpenApiExample(name, value=event, request_only=True) for name, event in EXAMPLES.items()],
    responses={
        204: OpenApiResponse(
            description='The event is applied, now or by an earlier delivery; or its conversation was erased.'
        ),
        400: api_docs.bad_request(
            'Not a valid event, or one that the state of the conversation refuses.',
            ('PARSE_ERROR', 'Not valid JSON: unexpected end of data: line 1 column 2 (char 1).'),
            ('CONVERSATION_ALREADY_EXISTS', f'Conversation {CONVERSATION_ID} already exists, opened at another time.'),
            ('CONVERSATION_CLOSED', f'Conversation {CONVERSATION_ID} is closed.'),
            ('MESSAGE_ALREADY_EXISTS', f'Message {MESSAGE_SENT["data"]["id"]} already exists with other content.'),
            field='data.direction',
            message='This field is required.',
            code='required',
        ),
        401: api_docs.error(
            'The signature is missing or wrong, if signatures are required.',
            ('NOT_AUTHENTICATED', 'Missing header: webhook-signature.'),
            ('INVALID_SIGNATURE', 'No secret matches the signature.'),
        ),
        404: api_docs.error(
            'The conversation is not known yet. Deliver the event again later.',
            ('CONVERSATION_NOT_FOUND', f'Conversation {CONVERSATION_ID} does not exist.'),
        ),
        413: api_docs.error('The body is too large.', ('PAYLOAD_TOO_LARGE', 'The request body is too large.')),
        415: api_docs.error(
            'The media type is not `application/json`.',
            ('UNSUPPORTED_MEDIA_TYPE', 'Unsupported media type "text/plain" in request.'),
        ),
        **api_docs.SERVER_ERRORS,
    },
)

list_conversations: Final = extend_schema(
    operation_id='list_conversations',
    tags=['conversations'],
    summary='List conversations',
    description='By opening time, then by id. Unknown parameters and parameters without a value are ignored.',
    parameters=[
        *api_docs.PAGE_PARAMETERS,
        ConversationFilterSerializer,
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
        400: api_docs.bad_request(
            'A filter has an invalid value, or the request is malformed.',
            ('BAD_REQUEST', 'Bad request.'),
            field='status',
            message='Must be one of OPEN, CLOSED.',
            code='invalid_choice',
        ),
        404: api_docs.error('There is no such page.', ('NOT_FOUND', "There is no page '7'.")),
        **api_docs.READ_ERRORS,
    },
)

read_conversation: Final = extend_schema(
    operation_id='read_conversation',
    tags=['conversations'],
    summary='Read a conversation',
    description='A conversation with one page of its messages, by timestamp, then by id.',
    parameters=[
        OpenApiParameter('conversation_id', OpenApiTypes.UUID, OpenApiParameter.PATH),
        *api_docs.PAGE_PARAMETERS,
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
        400: api_docs.error(
            'The id is not a UUID, or the request is malformed.', ('INVALID_UUID', "'42' is not a UUID.")
        ),
        404: api_docs.error(
            'There is no such conversation, or no such page of it.',
            ('CONVERSATION_NOT_FOUND', f'Conversation {CONVERSATION_ID} does not exist.'),
            ('NOT_FOUND', "There is no page '7'."),
        ),
        **api_docs.READ_ERRORS,
    },
)
