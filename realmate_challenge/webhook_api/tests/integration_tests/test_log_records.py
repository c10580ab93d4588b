"""Records for each response: one warning for a client's mistake, one error for a bug or an outage."""

from collections.abc import Callable, Iterator
from io import StringIO
from logging import getLogger
from typing import Any, Final

import orjson
import pytest
from django.db import OperationalError
from django.test import Client

from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.log_lines import handler
from realmate_challenge.webhook_api.tests.support.payloads import MESSAGE_RECEIVED

pytestmark = pytest.mark.django_db

type ReadRecords = Callable[[], list[dict[str, Any]]]

NUL: Final = '%00'
OCTAL_NUL: Final = r'"abcdefgh\000"'


@pytest.fixture
def records() -> Iterator[ReadRecords]:
    """Return a function that reads what the service's own handler has written, except for the lines of events."""
    stream = StringIO()
    root, added = getLogger(), handler('json', stream)
    root.addHandler(added)
    yield lambda: [
        record
        for record in map(orjson.loads, stream.getvalue().splitlines())
        if record['logger'] != 'realmate_challenge.events'
    ]
    root.removeHandler(added)


def levels(records: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """Return the level of each record, and whether it has a traceback."""
    return [(record['level'], 'traceback' in record) for record in records]


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
    assert levels(records()) == [('WARNING', False)]


def test_a_clients_mistake_in_the_admin_is_one_warning(admin_client: Client, records: ReadRecords) -> None:
    assert admin_client.get(f'/admin/webhook_api/unappliedevent/?q={NUL}').status_code == 400
    assert admin_client.post('/admin/login/', {f'field{number}': '' for number in range(2000)}).status_code == 400
    assert levels(records()) == [('WARNING', False)] * 2


@pytest.mark.parametrize(('error', 'status'), [(ZeroDivisionError('why'), 500), (OperationalError('why'), 503)])
def test_a_bug_or_an_outage_is_one_error_with_its_traceback(
    post_event: PostEvent, records: ReadRecords, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(composition, 'handle_webhook_event', fail)
    assert post_event(MESSAGE_RECEIVED).status_code == status

    assert levels(records()) == [('ERROR', True)]
    assert f'{type(error).__name__}: why' in records()[0]['traceback']


def test_a_crash_of_a_page_is_one_error_with_its_traceback(
    records: ReadRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr('django.contrib.admin.forms.AdminAuthenticationForm.__init__', fail)
    assert Client(raise_request_exception=False).get('/admin/login/').status_code == 500
    assert levels(records()) == [('ERROR', True)]
