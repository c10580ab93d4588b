"""The committed OpenAPI document is current and describes what the service does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # the package ships no types
import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from rest_framework.test import APIClient

from realmate_challenge.webhook_api.tests.support.payloads import (
    BRIEF,
    CLOSE_CONVERSATION,
    MESSAGE_RECEIVED,
    NEW_CONVERSATION,
    Payload,
    changed,
    without,
)

COMMITTED = Path(settings.BASE_DIR) / 'openapi.yaml'
DOCUMENT: dict[str, Any] = yaml.safe_load(COMMITTED.read_text())
COMPONENTS: dict[str, Any] = DOCUMENT['components']['schemas']
RECEIVE = DOCUMENT['paths']['/webhook/']['post']
TRANSCRIPT = '/conversations/{conversation_id}/'
READ, LIST = (DOCUMENT['paths'][path]['get'] for path in (TRANSCRIPT, '/conversations/'))
WEBHOOK_EVENT = {'$ref': '#/components/schemas/WebhookEvent'}


def as_json_schema(schema: Any) -> Any:  # noqa: ANN401 - a JSON document
    """Convert `nullable` of OpenAPI 3.0 to the type `null` of JSON Schema."""
    if isinstance(schema, list):
        return [as_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {key: as_json_schema(value) for key, value in schema.items()}
    if converted.pop('nullable', False):
        converted['type'] = [converted['type'], 'null']
    return converted


def errors(schema: dict[str, Any], value: object) -> list[str]:
    whole = as_json_schema({**schema, 'components': DOCUMENT['components']})
    return [error.message for error in jsonschema.Draft202012Validator(whole).iter_errors(value)]


def test_the_committed_document_is_current_and_without_warnings(tmp_path: Path) -> None:
    """If this fails, run `task schema`."""
    current = tmp_path / 'openapi.yaml'

    call_command('spectacular', '--validate', '--fail-on-warn', '--file', str(current))

    assert current.read_text() == COMMITTED.read_text()


@pytest.mark.parametrize('accept', ['*/*', 'application/json', 'application/vnd.oai.openapi', 'application/yaml'])
def test_the_service_returns_the_committed_document(api_client: APIClient, accept: str) -> None:
    answer = api_client.get('/schema/', HTTP_ACCEPT=accept)

    assert answer.status_code == 200
    assert yaml.safe_load(answer.content) == DOCUMENT
    assert ('json' in answer['Content-Type']) is (accept == 'application/json')


def test_the_type_of_an_event_selects_its_schema() -> None:
    body = RECEIVE['requestBody']

    assert body['required'] is True
    assert list(body['content']) == ['application/json']
    assert body['content']['application/json']['schema'] == WEBHOOK_EVENT
    names = ['NewConversation', 'NewMessage', 'CloseConversation']
    refs = [f'#/components/schemas/{name}' for name in names]
    kinds = ['NEW_CONVERSATION', 'NEW_MESSAGE', 'CLOSE_CONVERSATION']
    assert COMPONENTS['WebhookEvent'] == {
        'oneOf': [{'$ref': ref} for ref in refs],
        'discriminator': {'propertyName': 'type', 'mapping': dict(zip(kinds, refs, strict=True))},
    }
    assert [COMPONENTS[name]['properties']['type']['enum'] for name in names] == [[kind] for kind in kinds]


@pytest.mark.parametrize(
    ('component', 'required'),
    [
        ('NewConversation', ['data', 'timestamp', 'type']),
        ('NewMessage', ['data', 'timestamp', 'type']),
        ('CloseConversation', ['data', 'timestamp', 'type']),
        ('ConversationData', ['id']),
        ('MessageData', ['content', 'conversation_id', 'direction', 'id']),
        ('Message', ['content', 'direction', 'id', 'timestamp']),
        ('Transcript', ['closed_at', 'count', 'id', 'messages', 'next', 'opened_at', 'previous', 'status']),
        ('FieldError', ['code', 'field', 'message']),
    ],
)
def test_all_fields_are_required(component: str, required: list[str]) -> None:
    assert sorted(COMPONENTS[component]['required']) == required
    assert sorted(COMPONENTS[component]['properties']) == required


def test_content_has_its_limits() -> None:
    content = COMPONENTS['MessageData']['properties']['content']

    assert (content['type'], content['minLength'], content['maxLength']) == ('string', 1, 65_536)


def test_the_events_of_the_brief_are_the_examples() -> None:
    examples = RECEIVE['requestBody']['content']['application/json']['examples']

    assert [example['value'] for example in examples.values()] == BRIEF


@pytest.mark.parametrize(
    'event',
    [
        *[without(MESSAGE_RECEIVED, path) for path in ('type', 'timestamp', 'data', 'data.id', 'data.content')],
        changed(MESSAGE_RECEIVED, 'data.direction', 'UP'),
        changed(MESSAGE_RECEIVED, 'data.content', ''),
        changed(NEW_CONVERSATION, 'type', 'NEW_MESSAGE'),
        changed(CLOSE_CONVERSATION, 'type', 'OTHER'),
        changed(CLOSE_CONVERSATION, 'timestamp', 7),
    ],
)
def test_invalid_events_do_not_match_the_schema(event: Payload) -> None:
    assert errors(WEBHOOK_EVENT, event)


def responses() -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the name and the description of every body of a request or response of the API."""
    for path, method in (('/webhook/', 'post'), ('/conversations/', 'get'), (TRANSCRIPT, 'get')):
        operation = DOCUMENT['paths'][path][method]
        for name, part in {'request': operation.get('requestBody', {}), **operation['responses']}.items():
            for body in part.get('content', {}).values():
                yield f'{method} {path} {name}', body


@pytest.mark.parametrize(('name', 'body'), list(responses()))
def test_every_body_has_examples_that_match_its_schema(name: str, body: dict[str, Any]) -> None:
    assert body['examples'], name
    for example in body['examples'].values():
        assert errors(body['schema'], example['value']) == []


EVENT_ERRORS = 'PARSE_ERROR CONVERSATION_ALREADY_EXISTS CONVERSATION_CLOSED MESSAGE_ALREADY_EXISTS VALIDATION_ERROR'
READ_ERRORS = {
    '401': 'NOT_AUTHENTICATED',
    '403': 'PERMISSION_DENIED',
    '406': 'NOT_ACCEPTABLE',
    '500': 'INTERNAL_ERROR',
    '503': 'SERVICE_UNAVAILABLE',
}


@pytest.mark.parametrize(
    ('operation', 'expected'),
    [
        (
            RECEIVE,
            {
                '400': EVENT_ERRORS,
                '401': 'NOT_AUTHENTICATED INVALID_SIGNATURE',
                '404': 'CONVERSATION_NOT_FOUND',
                '413': 'PAYLOAD_TOO_LARGE',
                '415': 'UNSUPPORTED_MEDIA_TYPE',
                '500': 'INTERNAL_ERROR',
                '503': 'SERVICE_UNAVAILABLE',
            },
        ),
        (READ, {**READ_ERRORS, '400': 'INVALID_UUID', '404': 'CONVERSATION_NOT_FOUND NOT_FOUND'}),
        (LIST, {**READ_ERRORS, '400': 'VALIDATION_ERROR BAD_REQUEST', '404': 'NOT_FOUND'}),
    ],
)
def test_every_error_of_the_contract_is_described(operation: dict[str, Any], expected: dict[str, str]) -> None:
    described = {
        status: {
            example['value']['errors'][0]['code']
            for example in response['content']['application/json']['examples'].values()
        }
        for status, response in operation['responses'].items()
        if status >= '400'
    }

    assert described == {status: set(codes.split()) for status, codes in expected.items()}
