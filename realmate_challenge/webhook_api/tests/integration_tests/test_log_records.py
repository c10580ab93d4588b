"""How many records an answer writes: one warning for a client's mistake, one error for a bug or an outage."""

import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from django.db import OperationalError
from django.test import Client

from realmate_challenge.shared.observability.logs import ClientMistakeFilter, JSONFormatter
from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.payloads import MESSAGE_RECEIVED

pytestmark = pytest.mark.django_db

type ReadRecords = Callable[[], list[dict[str, Any]]]

NUL = '%00'
OCTAL_NUL = r'"abcdefgh\000"'


@pytest.fixture
def records() -> Iterator[ReadRecords]:
    """What the service's own handler writes."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JSONFormatter())
    handler.addFilter(ClientMistakeFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [orjson.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


@pytest.mark.parametrize(
    ('path', 'headers'),
    [
        ('/admin/login/', {'HTTP_HOST': 'evil.example'}),
        (f'/admin/login/?next={NUL}', {}),
        (f'/admin/{NUL}/', {}),
        (f'/docs/?{NUL}=1', {}),
        (f'/conversations/?status={NUL}', {'HTTP_COOKIE': 'any=1'}),
        ('/admin/', {'HTTP_COOKIE': f'sessionid={OCTAL_NUL}'}),
        ('/conversations/', {'HTTP_COOKIE': f'sessionid={OCTAL_NUL}'}),
    ],
)
def test_a_clients_mistake_is_one_warning_without_a_traceback(
    client: Client, records: ReadRecords, path: str, headers: dict[str, Any]
) -> None:
    assert client.generic('GET', path, **headers).status_code == 400

    (record,) = records()
    assert record['level'] == 'WARNING'
    assert 'traceback' not in record


@pytest.mark.parametrize('field', ['status__exact', 'type__exact', 'reason', 'q'])
def test_a_nul_in_a_filter_of_the_admin_is_a_clients_mistake(
    admin_client: Client, records: ReadRecords, field: str
) -> None:
    assert admin_client.get(f'/admin/webhook_api/unappliedevent/?{field}={NUL}').status_code == 400

    assert [record['level'] for record in records()] == ['WARNING']


def test_too_many_form_fields_are_a_clients_mistake(client: Client, records: ReadRecords) -> None:
    assert client.post('/admin/login/', {f'field{number}': '' for number in range(2000)}).status_code == 400

    (record,) = records()
    assert (record['level'], 'traceback' in record) == ('WARNING', False)


@pytest.mark.parametrize(('error', 'status'), [(ZeroDivisionError('why'), 500), (OperationalError('why'), 503)])
def test_what_is_not_the_clients_mistake_is_one_error_with_its_traceback(
    post_event: PostEvent, records: ReadRecords, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(composition, 'handle_webhook_event', fail)
    assert post_event(MESSAGE_RECEIVED).status_code == status

    found = [record for record in records() if record['logger'] != 'realmate_challenge.events']
    assert [record['level'] for record in found] == ['ERROR']
    assert f'{type(error).__name__}: why' in found[0]['traceback']


def test_a_crash_of_a_page_is_one_error_too(records: ReadRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr('django.contrib.admin.forms.AdminAuthenticationForm.__init__', fail)
    assert Client(raise_request_exception=False).get('/admin/login/').status_code == 500

    assert [(record['level'], 'traceback' in record) for record in records()] == [('ERROR', True)]
