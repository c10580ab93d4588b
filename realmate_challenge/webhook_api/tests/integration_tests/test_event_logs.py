"""Each delivery has one log line with its type and outcome, and never with its content."""

import logging
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import Settings
from rest_framework.test import APIClient

from realmate_challenge.shared.observability.health import ReadinessProbe
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.payloads import (
    CONVERSATION_ID,
    MESSAGE_RECEIVED,
    NEW_CONVERSATION,
    changed,
    without,
)

pytestmark = pytest.mark.django_db

WRONG_TYPE = (
    'type: Must be one of NEW_CONVERSATION, NEW_MESSAGE, CLOSE_CONVERSATION. timestamp: This field is required.'
)
STANDARD = set(vars(logging.makeLogRecord({}))) | {'message'}


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def events(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    records = [record for record in caplog.records if record.name == 'realmate_challenge.events']
    return [{key: value for key, value in vars(record).items() if key not in STANDARD} for record in records]


def test_an_applied_message(post_event: PostEvent, lines: pytest.LogCaptureFixture) -> None:
    post_event(NEW_CONVERSATION)
    lines.clear()
    post_event(MESSAGE_RECEIVED)

    (line,) = events(lines)
    assert 0 < line.pop('milliseconds') < 60_000
    assert line == {
        'type': 'NEW_MESSAGE',
        'outcome': 'applied',
        'status': 204,
        'conversation_id': CONVERSATION_ID,
        'message_id': MESSAGE_RECEIVED['data']['id'],
    }


@pytest.mark.parametrize(
    ('before', 'body', 'expected'),
    [
        ([NEW_CONVERSATION], NEW_CONVERSATION, ('NEW_CONVERSATION', 'redelivered', 204, None)),
        ([], MESSAGE_RECEIVED, ('NEW_MESSAGE', 'held', 404, 'CONVERSATION_NOT_FOUND')),
        (
            [NEW_CONVERSATION, MESSAGE_RECEIVED],
            changed(MESSAGE_RECEIVED, 'data.direction', 'SENT'),
            ('NEW_MESSAGE', 'refused', 400, 'MESSAGE_ALREADY_EXISTS'),
        ),
        ([], without(MESSAGE_RECEIVED, 'data.id'), ('NEW_MESSAGE', 'invalid', 400, 'data.id: This field is required.')),
        ([], {'type': 'NEW_MESAGE', 'data': {}}, ('NEW_MESAGE', 'invalid', 400, WRONG_TYPE)),
        (
            [],
            {'type': f'<{"x" * 99}', 'data': 1},
            (f'?{"x" * 17}', 'invalid', 400, f'{WRONG_TYPE} data: Expected a dictionary of items but got type "int".'),
        ),
        ([], b'{"content": "Ol\xc3\xa1, tudo bem?', ('unknown', 'invalid', 400, 'PARSE_ERROR')),
    ],
    ids=['redelivered', 'held', 'refused', 'no id', 'unknown type', 'hostile type', 'no JSON'],
)
def test_each_outcome(
    post_event: PostEvent,
    lines: pytest.LogCaptureFixture,
    before: list[dict[str, Any]],
    body: Any,  # noqa: ANN401 - an event, or bytes
    expected: tuple[str, str, int, str | None],
) -> None:
    for event in before:
        post_event(event)
    lines.clear()
    post_event(body)

    (line,) = events(lines)
    assert (line['type'], line['outcome'], line['status'], line.get('reason')) == expected
    formatted = '\n'.join(str(vars(record)) for record in lines.records)
    assert 'tudo bem' not in formatted


def test_the_later_application_of_a_held_event(post_event: PostEvent, lines: pytest.LogCaptureFixture) -> None:
    post_event(MESSAGE_RECEIVED)
    lines.clear()
    post_event(NEW_CONVERSATION)

    assert [record.getMessage() for record in lines.records] == ['kept event applied', 'event applied']
    ids = {'conversation_id': CONVERSATION_ID, 'message_id': MESSAGE_RECEIVED['data']['id']}
    assert events(lines)[0] == {'type': 'NEW_MESSAGE', **ids}


def test_a_forged_event(post_event: PostEvent, lines: pytest.LogCaptureFixture, settings: Settings) -> None:
    settings.WEBHOOK_SECRETS = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']
    post_event(MESSAGE_RECEIVED)

    (line,) = events(lines)
    assert (line['type'], line['outcome'], line['status']) == ('unknown', 'forged', 401)


@pytest.mark.parametrize(
    ('error', 'expected'),
    [(RuntimeError('why'), ('failed', 500)), (OperationalError('why'), ('unavailable', 503))],
)
def test_a_failure_is_one_line_with_its_cause(
    post_event: PostEvent,
    lines: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    expected: tuple[str, int],
) -> None:
    outcome, status = expected

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr('realmate_challenge.webhook_api.composition.handle_webhook_event', fail)
    assert post_event(MESSAGE_RECEIVED).status_code == status

    (record,) = lines.records
    assert 'why' in record.getMessage()
    assert record.levelname == 'ERROR'
    assert record.exc_info is not None
    facts = {'type': 'NEW_MESSAGE', 'outcome': outcome, 'status': status, 'message_id': MESSAGE_RECEIVED['data']['id']}
    assert facts.items() <= vars(record).items()


def test_not_being_ready_has_a_reason(
    api_client: APIClient, lines: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ReadinessProbe, 'problem', lambda _: 'The database is away.')
    assert api_client.get('/health/ready').status_code == 503

    assert [(record.levelname, record.getMessage()) for record in lines.records] == [
        ('WARNING', 'service_unavailable: The database is away.')
    ]


def test_another_method_is_not_a_delivery(api_client: APIClient, lines: pytest.LogCaptureFixture) -> None:
    assert api_client.get('/webhook/').status_code == 405

    assert events(lines) == []
