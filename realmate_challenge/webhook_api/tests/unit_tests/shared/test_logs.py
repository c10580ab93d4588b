"""Log lines and request ids."""

import json
import logging
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from realmate_challenge.shared.observability.logs import assign_request_id, current_request_id, log_facts
from realmate_challenge.webhook_api.tests.support.log_lines import handler

GENERATED: Final = re.compile(r'[0-9a-f]{32}')
PRIMARY: Final = 'new row violates check constraint "wrong"'
FULL: Final = f"{PRIMARY}\nHINT:  private\nCONTEXT:  unnamed portal with parameters: $1 = 'two\nprivate lines'"


class DriverError(Exception):
    """An error as psycopg raises it."""

    diag = SimpleNamespace(message_primary=PRIMARY)


class UnreachableError(Exception):
    """A failed connection as psycopg reports it: without a report of the server."""

    diag = SimpleNamespace(message_primary=None)


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause
    except type(error) as caught:
        return caught


def line(line_format: str, *arguments: object, error: Exception | None = None, **extra: object) -> str:
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.getLogger().makeRecord('a.logger', 20, '', 1, 'event %s', arguments, exc_info, extra=extra)
    record.created = 1740133241.349308
    stream = StringIO()
    handler(line_format, stream).handle(record)
    return stream.getvalue().removesuffix('\n')


@pytest.fixture
def request_id() -> Iterator[None]:
    token = current_request_id.set('an-id')
    yield
    current_request_id.reset(token)


@pytest.mark.usefixtures('request_id')
def test_a_json_line_has_the_extra_fields_and_the_request_id() -> None:
    assert json.loads(line('json', 'held', outcome='held', status=404, problem=ValueError('oh'))) == {
        'time': '2025-02-21T10:20:41.349308+00:00',
        'level': 'INFO',
        'logger': 'a.logger',
        'message': 'event held',
        'outcome': 'held',
        'status': 404,
        'problem': 'oh',
        'request_id': 'an-id',
    }


@pytest.mark.usefixtures('request_id')
def test_a_line_that_is_written_without_a_record_has_the_same_fields(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(settings, 'LOG_FORMAT', 'json')
    facts: dict[str, Any] = {'message_id': uuid4(), 'milliseconds': 1.25, 'problem': ValueError('oh')}
    logger = logging.getLogger('a.logger')

    log_facts(logger, logging.INFO, 'event held', facts)
    log_facts(logger, logging.DEBUG, 'below the level', facts)
    log_facts(logger, logging.INFO, 'not UTF-8', {'text': '\ud800'})

    written, expected = json.loads(capfd.readouterr().err), json.loads(line('json', 'held', **facts))
    assert datetime.fromisoformat(written['time']).utcoffset() == timedelta(0)
    assert list((written | {'time': expected['time']}).items()) == list(expected.items())


@pytest.mark.usefixtures('request_id')
def test_a_text_line_has_the_extra_fields_and_ends_with_the_traceback() -> None:
    first, *traceback = line('text', 'held', status=404, error=raised(ValueError('oh\nno'))).splitlines()

    assert first == '10:20:41 INFO    event held status=404 request_id=an-id'
    assert traceback[-2:] == ['ValueError: oh', 'no']


@pytest.mark.parametrize(
    ('error', 'end'),
    [
        (raised(DriverError(FULL)), f'DriverError: {PRIMARY}'),
        (raised(OperationalError(FULL), DriverError(FULL)), f'OperationalError: {PRIMARY}'),
        (raised(KeyError(), DriverError(FULL)), 'KeyError'),
        (raised(RuntimeError('refused'), DriverError(FULL)), 'RuntimeError: refused'),
        (raised(RuntimeError('two\nlines')), 'RuntimeError: two\nlines'),
        (raised(UnreachableError('two\nlines')), 'UnreachableError: two\nlines'),
    ],
    ids=repr,
)
def test_of_a_postgresql_error_only_the_primary_message_is_shown(error: Exception, end: str) -> None:
    traceback = json.loads(line('json', 'failed', error=error))['traceback']

    assert 'Traceback (most recent call last)' in traceback
    assert traceback.endswith(end)
    assert 'private' not in traceback
    assert 'private' not in line('text', error, error=error)


def test_a_line_that_cannot_be_written_is_dropped_without_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    closed = StringIO()
    closed.close()

    handler('json', closed).handle(logging.makeLogRecord({'msg': 'private'}))

    assert capsys.readouterr() == ('', '')


def request_id_of(given: str | None) -> str:
    """Return the id that the view sees and the response has."""
    seen = []

    def view(_request: HttpRequest) -> HttpResponse:
        seen.append(current_request_id.get())
        return HttpResponse()

    request = RequestFactory().post('/webhook/')
    if given is not None:
        request.META['HTTP_X_REQUEST_ID'] = given
    response = assign_request_id(view)(request)
    assert seen == [response['X-Request-ID']]
    assert current_request_id.get() is None
    return response['X-Request-ID']


@pytest.mark.parametrize('given', ['a', 'x' * 128, '7f3c/a+b=', '"{}\\'])
def test_the_request_id_of_the_client_is_used(given: str) -> None:
    assert request_id_of(given) == given


@pytest.mark.parametrize(
    'given', [None, '', ' ', 'x' * 129, 'two words', 'line\nX-Forged: 1', 'line\r', 'tab\t', '\x00', '\x7f', 'olá']
)
def test_another_request_id_is_generated_for_each_request(given: str | None) -> None:
    ids = {request_id_of(given), request_id_of(given)}

    assert len(ids) == 2
    assert all(map(GENERATED.fullmatch, ids))


def test_the_request_id_is_reset_after_a_crash() -> None:
    with pytest.raises(RuntimeError):
        assign_request_id(Mock(side_effect=RuntimeError))(RequestFactory().get('/'))
    assert current_request_id.get() is None
