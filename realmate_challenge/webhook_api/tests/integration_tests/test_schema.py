"""The OpenAPI document: committed, current, and true to what it describes."""

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
READ = DOCUMENT['paths']['/conversations/{conversation_id}/']['get']
WEBHOOK_EVENT = {'$ref': '#/components/schemas/WebhookEvent'}


def as_json_schema(schema: Any) -> Any:  # noqa: ANN401 - a JSON document
    """OpenAPI 3.0 says `nullable` where JSON Schema lists the type `null`."""
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
    """`task schema` writes it anew."""
    anew = tmp_path / 'openapi.yaml'

    call_command('spectacular', '--validate', '--fail-on-warn', '--file', str(anew))

    assert anew.read_text() == COMMITTED.read_text()


@pytest.mark.parametrize('accept', ['*/*', 'application/json', 'application/vnd.oai.openapi', 'application/yaml'])
def test_the_service_serves_what_is_committed(api_client: APIClient, accept: str) -> None:
    answer = api_client.get('/schema/', HTTP_ACCEPT=accept)

    assert answer.status_code == 200
    assert yaml.safe_load(answer.content) == DOCUMENT
    assert ('json' in answer['Content-Type']) is (accept == 'application/json')


def test_it_describes_every_operation() -> None:
    operations = {(method, path) for path, methods in DOCUMENT['paths'].items() for method in methods}

    assert DOCUMENT['openapi'].startswith('3.0.')
    assert {('post', '/webhook/'), ('get', '/conversations/{conversation_id}/')} <= operations


def test_an_event_is_one_of_three_told_apart_by_its_type() -> None:
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
def test_required_lists(component: str, required: list[str]) -> None:
    assert sorted(COMPONENTS[component]['required']) == required
    assert sorted(COMPONENTS[component]['properties']) == required


def test_content_has_its_limits() -> None:
    content = COMPONENTS['MessageData']['properties']['content']

    assert (content['type'], content['minLength'], content['maxLength']) == ('string', 1, 65_536)


def test_the_events_of_the_brief_are_the_examples() -> None:
    examples = RECEIVE['requestBody']['content']['application/json']['examples']

    assert [example['value'] for example in examples.values()] == BRIEF


@pytest.mark.parametrize('event', BRIEF)
def test_the_events_of_the_brief_are_valid(event: Payload) -> None:
    assert errors(WEBHOOK_EVENT, event) == []


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
def test_what_the_service_refuses_the_schema_refuses(event: Payload) -> None:
    assert errors(WEBHOOK_EVENT, event)


def bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every described body with its name."""
    for path, methods in DOCUMENT['paths'].items():
        for method, operation in methods.items():
            described = {'request': operation.get('requestBody', {}), **operation['responses']}
            for status, part in described.items():
                for body in part.get('content', {}).values():
                    yield f'{method} {path} {status}', body


@pytest.mark.parametrize(('name', 'body'), list(bodies()))
def test_every_example_fits_its_schema(name: str, body: dict[str, Any]) -> None:
    if name.startswith(('get', 'post')) and not name.endswith('request') and 'schema/' not in name:
        assert body['examples'], f'{name} has no example'
    for example in body.get('examples', {}).values():
        assert errors(body['schema'], example['value']) == []


@pytest.mark.parametrize(
    ('operation', 'statuses'),
    [
        (RECEIVE, {'204', '400', '404', '413', '415', '500', '503'}),
        (READ, {'200', '400', '401', '403', '404', '406', '500', '503'}),
    ],
)
def test_every_response_of_the_contract_is_described(operation: dict[str, Any], statuses: set[str]) -> None:
    assert statuses <= set(operation['responses'])
    assert all(response['description'] for response in operation['responses'].values())


@pytest.mark.parametrize(
    ('operation', 'status', 'codes'),
    [
        (
            RECEIVE,
            '400',
            {
                'VALIDATION_ERROR',
                'PARSE_ERROR',
                'CONVERSATION_ALREADY_EXISTS',
                'CONVERSATION_CLOSED',
                'MESSAGE_ALREADY_EXISTS',
            },
        ),
        (RECEIVE, '404', {'CONVERSATION_NOT_FOUND'}),
        (RECEIVE, '413', {'PAYLOAD_TOO_LARGE'}),
        (RECEIVE, '415', {'UNSUPPORTED_MEDIA_TYPE'}),
        (READ, '400', {'INVALID_UUID'}),
        (READ, '404', {'CONVERSATION_NOT_FOUND', 'NOT_FOUND'}),
        (READ, '503', {'SERVICE_UNAVAILABLE'}),
    ],
)
def test_every_error_has_an_example(operation: dict[str, Any], status: str, codes: set[str]) -> None:
    examples = operation['responses'][status]['content']['application/json']['examples'].values()

    assert {example['value']['errors'][0]['code'] for example in examples} == codes
