"""The status, the envelope and the log record of every kind of exception."""

import logging
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, ProgrammingError
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from realmate_challenge.shared.errors import DomainError, PageNotFoundError, UnavailableError
from realmate_challenge.shared.http import exception_handler
from realmate_challenge.shared.http.parsers import PayloadTooLarge
from realmate_challenge.shared.observability import logs
from realmate_challenge.webhook_api.tests.support.envelope import error_of

DETAIL = exceptions.ErrorDetail


class RuleBrokenError(DomainError):
    code = 'RULE_BROKEN'


def answer(exc: Exception) -> Response:
    """Return the rendered response to an exception that has been raised, and so has a traceback."""
    request = Request(APIRequestFactory().get('/'))
    with pytest.raises(type(exc)) as caught:
        raise exc
    response: Any = exception_handler.handle_exception(caught.value, {'request': request, 'view': None})
    response.accepted_renderer, response.accepted_media_type = request.accepted_renderer, request.accepted_media_type
    response.renderer_context = {'view': APIView()}
    rendered: Response = response.render()
    return rendered


@pytest.mark.parametrize(
    ('exc', 'expected'),
    [
        (RuleBrokenError('why'), (400, 'RULE_BROKEN')),
        (PageNotFoundError(7), (404, 'NOT_FOUND')),
        (exceptions.ParseError(), (400, 'PARSE_ERROR')),
        (exceptions.NotAuthenticated(), (401, 'NOT_AUTHENTICATED')),
        (exceptions.AuthenticationFailed(), (401, 'NOT_AUTHENTICATED')),
        (exceptions.PermissionDenied(), (403, 'PERMISSION_DENIED')),
        (exceptions.MethodNotAllowed('PUT'), (405, 'METHOD_NOT_ALLOWED')),
        (exceptions.NotAcceptable(), (406, 'NOT_ACCEPTABLE')),
        (PayloadTooLarge(), (413, 'PAYLOAD_TOO_LARGE')),
        (exceptions.UnsupportedMediaType('text/plain'), (415, 'UNSUPPORTED_MEDIA_TYPE')),
        (Http404('secret'), (404, 'NOT_FOUND')),
        (PermissionDenied('secret'), (403, 'PERMISSION_DENIED')),
        (SuspiciousOperation('secret'), (400, 'BAD_REQUEST')),
        (OperationalError('secret'), (503, 'SERVICE_UNAVAILABLE')),
        (InterfaceError('secret'), (503, 'SERVICE_UNAVAILABLE')),
        (UnavailableError('secret'), (503, 'SERVICE_UNAVAILABLE')),
        (IntegrityError('secret'), (500, 'INTERNAL_ERROR')),
        (ProgrammingError('secret'), (500, 'INTERNAL_ERROR')),
        (DataError('secret'), (500, 'INTERNAL_ERROR')),
        (ZeroDivisionError('secret'), (500, 'INTERNAL_ERROR')),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_status_and_code(exc: Exception, expected: tuple[int, str]) -> None:
    response = answer(exc)

    assert error_of(response) == expected
    assert b'secret' not in response.content


def test_messages_and_headers() -> None:
    unauthenticated = exceptions.NotAuthenticated()
    unauthenticated.auth_header = 'Token'  # type: ignore[attr-defined]  # as set by REST framework's views

    assert answer(RuleBrokenError('why')).data['errors'][0]['details'] == {'message': 'why'}
    assert answer(unauthenticated)['WWW-Authenticate'] == 'Token'
    assert int(answer(OperationalError())['Retry-After']) > 0


@pytest.mark.parametrize(
    ('detail', 'details'),
    [
        (
            {'data': {'id': [DETAIL('a', 'invalid')], 'content': [DETAIL('b', 'blank'), DETAIL('c', 'max_length')]}},
            [('data.id', 'a', 'invalid'), ('data.content', 'b', 'blank'), ('data.content', 'c', 'max_length')],
        ),
        ({'non_field_errors': [DETAIL('m', 'invalid')]}, [(None, 'm', 'invalid')]),
        ({'data': {'non_field_errors': [DETAIL('m', 'invalid')]}}, [('data', 'm', 'invalid')]),
        ([DETAIL('m', 'odd')], [(None, 'm', 'odd')]),
    ],
)
def test_validation_errors_have_full_dotted_paths(detail: Any, details: list[tuple[str | None, str, str]]) -> None:  # noqa: ANN401 - nested
    response = answer(exceptions.ValidationError(detail))

    assert error_of(response) == (400, 'VALIDATION_ERROR')
    expected = [{'field': field, 'message': message, 'code': code} for field, message, code in details]
    assert response.data['errors'][0]['details'] == expected


def test_an_outage_shows_one_traceback_a_minute(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for now in (1000.0, 1059.0, 1061.0):
        monkeypatch.setattr(logs, 'monotonic', lambda now=now: now)
        answer(OperationalError('the cause'))
    answer(ZeroDivisionError('a bug'))

    assert [record.exc_info is not None for record in caplog.records] == [True, False, True, True]
    assert all('the cause' in record.getMessage() for record in caplog.records[:3])


@pytest.mark.parametrize(('exc', 'signals'), [(ZeroDivisionError('the cause'), 1), (OperationalError('the cause'), 0)])
def test_a_failure_is_logged_once_with_its_traceback(
    caplog: pytest.LogCaptureFixture, exc: Exception, signals: int
) -> None:
    received = []

    def listen(**arguments: object) -> None:
        received.append(arguments['signal'])

    got_request_exception.connect(listen)
    try:
        answer(exc)
    finally:
        got_request_exception.disconnect(listen)

    assert len(received) == signals
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert 'Traceback' in caplog.text
    assert f'{type(exc).__name__}: the cause' in caplog.text


@pytest.mark.parametrize(
    ('view', 'expected'),
    [
        (exception_handler.bad_request, (400, 'BAD_REQUEST')),
        (exception_handler.permission_denied, (403, 'PERMISSION_DENIED')),
        (exception_handler.page_not_found, (404, 'NOT_FOUND')),
        (exception_handler.server_error, (500, 'INTERNAL_ERROR')),
    ],
)
def test_errors_outside_of_rest_framework(view: Any, expected: tuple[int, str]) -> None:  # noqa: ANN401 - a view
    assert error_of(view(RequestFactory().get('/'))) == expected
    page: HttpResponse = view(RequestFactory().get('/admin/'))
    assert (page.status_code, page['Content-Type']) == (expected[0], 'text/html; charset=utf-8')
