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
