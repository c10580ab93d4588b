"""One log line for each delivery: what it was, what became of it, never what was said."""

import logging
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from realmate_challenge.webhook_api.telemetry import outcome_of
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.payloads import (
    CONVERSATION_ID,
    MESSAGE_RECEIVED,
    NEW_CONVERSATION,
    changed,
    without,
)

pytestmark = pytest.mark.django_db

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
        ([NEW_CONVERSATION], NEW_CONVERSATION, ('NEW_CONVERSATION', 'redelivered', 204)),
        ([], MESSAGE_RECEIVED, ('NEW_MESSAGE', 'held', 404)),
        (
            [NEW_CONVERSATION, MESSAGE_RECEIVED],
            changed(MESSAGE_RECEIVED, 'data.direction', 'SENT'),
            ('NEW_MESSAGE', 'refused', 400),
        ),
        ([], without(MESSAGE_RECEIVED, 'data.direction'), ('unknown', 'invalid', 400)),
        ([], b'{"content": "Ol\xc3\xa1, tudo bem?', ('unknown', 'invalid', 400)),
    ],
    ids=['redelivered', 'held', 'refused', 'invalid', 'no JSON'],
)
def test_every_outcome_has_its_line_and_none_the_content(
    post_event: PostEvent,
    lines: pytest.LogCaptureFixture,
    before: list[dict[str, Any]],
    body: Any,  # noqa: ANN401 - an event, or bytes
    expected: tuple[str, str, int],
) -> None:
    for event in before:
        post_event(event)
    lines.clear()
    post_event(body)

    (line,) = events(lines)
    assert (line['type'], line['outcome'], line['status']) == expected
    formatted = '\n'.join(str(vars(record)) for record in lines.records)
    assert 'tudo bem' not in formatted


def test_a_forgery(post_event: PostEvent, lines: pytest.LogCaptureFixture, settings: Settings) -> None:
    settings.WEBHOOK_SECRETS = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']
    post_event(MESSAGE_RECEIVED)

    (line,) = events(lines)
    assert (line['type'], line['outcome'], line['status']) == ('unknown', 'forged', 401)


def test_a_bug(post_event: PostEvent, lines: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its line is followed by the traceback."""

    def crash(**_: object) -> None:
        message = 'a bug'
        raise RuntimeError(message)

    monkeypatch.setattr('realmate_challenge.webhook_api.composition.handle_webhook_event', crash)
    assert post_event(MESSAGE_RECEIVED).status_code == 500

    (line,) = events(lines)
    assert (line['outcome'], line['status']) == ('failed', 500)
    assert any(record.exc_info for record in lines.records)


def test_what_nobody_planned_for_has_failed() -> None:
    assert outcome_of(RuntimeError()) == 'failed'


def test_other_methods_deliver_nothing(api_client: Any, lines: pytest.LogCaptureFixture) -> None:  # noqa: ANN401 - REST framework's
    assert api_client.get('/webhook/').status_code == 405

    assert events(lines) == []


def test_the_answer_has_the_id_that_the_sender_gave(post_event: PostEvent) -> None:
    assert post_event(NEW_CONVERSATION, HTTP_X_REQUEST_ID='from-the-platform')['X-Request-ID'] == 'from-the-platform'
    assert 'X-Request-ID' in post_event(b'no event')


def test_production_writes_json() -> None:
    assert django_settings.DEBUG is False
    assert django_settings.LOG_FORMAT == 'json'
