"""The committed OpenAPI document is current and describes what the service does."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from rest_framework.test import APIClient

from realmate_challenge.webhook_api.serializers.conversation_lists import parse_conversation_filter
from realmate_challenge.webhook_api.serializers.events import parse_event
from realmate_challenge.webhook_api.tests.conftest import PostEvent
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
RECEIVE = DOCUMENT['paths']['/webhook/']['post']
TRANSCRIPT = '/conversations/{conversation_id}/'
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
    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    return [error.message for error in validator.iter_errors(value)]


def test_the_committed_document_is_current_and_without_warnings(tmp_path: Path) -> None:
    """If this fails, run `task schema`."""
    current = tmp_path / 'openapi.yaml'

    call_command('spectacular', '--validate', '--fail-on-warn', '--file', str(current))

    assert current.read_text() == COMMITTED.read_text()


@pytest.mark.parametrize(
    ('query', 'accept', 'is_json'),
    [
        *[('', accept, False) for accept in ('*/*', 'application/vnd.oai.openapi', 'application/yaml')],
        ('', 'application/json', True),
        *[('?format=json', accept, True) for accept in ('*/*', 'text/html, */*;q=0.8')],
        ('?format=yaml', '*/*', False),
        ('?format=other', '*/*', False),
    ],
)
def test_the_service_returns_the_committed_document(
    api_client: APIClient, query: str, accept: str, *, is_json: bool
) -> None:
    answer = api_client.get(f'/schema/{query}', HTTP_ACCEPT=accept)

    assert answer.status_code == 200
    assert (json.loads if is_json else yaml.safe_load)(answer.content) == DOCUMENT
    assert ('json' in answer['Content-Type']) is is_json


def test_the_events_of_the_brief_are_the_examples() -> None:
    examples = RECEIVE['requestBody']['content']['application/json']['examples']

    assert [example['value'] for example in examples.values()] == BRIEF


@pytest.mark.parametrize(
    'event',
    [
        *[without(MESSAGE_RECEIVED, path) for path in ('type', 'timestamp', 'data', 'data.id', 'data.content')],
        changed(MESSAGE_RECEIVED, 'data.direction', 'UP'),
        changed(MESSAGE_RECEIVED, 'data.content', ''),
        changed(MESSAGE_RECEIVED, 'data.content', 'x' * 65_537),
        changed(NEW_CONVERSATION, 'type', 'NEW_MESSAGE'),
        changed(CLOSE_CONVERSATION, 'type', 'OTHER'),
        *[changed(CLOSE_CONVERSATION, 'timestamp', value) for value in (7, 'yesterday', '2025-02-21', '10:20:41')],
    ],
)
def test_invalid_events_do_not_match_the_schema(event: Payload) -> None:
    assert errors(WEBHOOK_EVENT, event)


def parameters(path: str) -> dict[str, Any]:
    return {parameter['name']: parameter for parameter in DOCUMENT['paths'][path]['get']['parameters']}


@pytest.mark.parametrize(
    'text',
    [
        '2025-02-21T10:20:41.349308',
        '2025-02-21T10:20:41,3Z',
        '2025-02-21t10:20:41z',
        '2025-02-21 10:20-03:00',
        '20250221T102041+0530',
        '2025-02-21T10+05',
    ],
)
def test_accepted_times_match_the_schema(text: str) -> None:
    event = changed(CLOSE_CONVERSATION, 'timestamp', text)
    parse_event(event)
    assert errors(WEBHOOK_EVENT, event) == []
    for name in ('opened_after', 'opened_before'):
        schema = parameters('/conversations/')[name]['schema']
        for each in (text, '2025-02-21'):
            parse_conversation_filter({name: each})
            assert errors(schema, each) == []


@pytest.mark.parametrize('path', ['/conversations/', TRANSCRIPT])
def test_the_pages_have_a_range(path: str) -> None:
    ranges = {name: each['schema'] for name, each in parameters(path).items() if name.startswith('page')}

    assert {name: (each['minimum'], each['maximum']) for name, each in ranges.items()} == {
        'page': (1, 999_999_999),
        'page_size': (1, 100),
    }


def test_the_codes_of_errors_are_those_of_the_contract() -> None:
    codes = DOCUMENT['components']['schemas']['Error']['properties']['code']['enum']

    assert codes == [
        *('BAD_REQUEST', 'CONVERSATION_ALREADY_EXISTS', 'CONVERSATION_CLOSED', 'CONVERSATION_NOT_FOUND'),
        *('INTERNAL_ERROR', 'INVALID_SIGNATURE', 'INVALID_UUID', 'MESSAGE_ALREADY_EXISTS', 'METHOD_NOT_ALLOWED'),
        *('NOT_ACCEPTABLE', 'NOT_AUTHENTICATED', 'NOT_FOUND', 'PARSE_ERROR', 'PAYLOAD_TOO_LARGE', 'PERMISSION_DENIED'),
        *('SERVICE_UNAVAILABLE', 'UNSUPPORTED_MEDIA_TYPE', 'VALIDATION_ERROR'),
    ]


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


@pytest.mark.django_db
def test_a_404_tells_the_sender_that_the_event_is_kept(post_event: PostEvent) -> None:
    (example,) = RECEIVE['responses']['404']['content']['application/json']['examples'].values()

    assert json.loads(post_event(CLOSE_CONVERSATION).content) == example['value']
    assert 'kept' in RECEIVE['responses']['404']['description']


READ_STATUSES = {'200', '400', '401', '403', '404', '406', '500', '503'}


@pytest.mark.parametrize(
    ('path', 'method', 'statuses'),
    [
        ('/webhook/', 'post', {'204', '400', '401', '404', '413', '415', '500', '503'}),
        ('/conversations/', 'get', READ_STATUSES),
        (TRANSCRIPT, 'get', READ_STATUSES),
    ],
)
def test_every_response_of_the_contract_is_described(path: str, method: str, statuses: set[str]) -> None:
    assert DOCUMENT['paths'][path][method]['responses'].keys() == statuses
