"""Exceptions become responses."""

import logging
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, ProgrammingError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from realmate_challenge.shared.errors import DomainError, NotFoundError, PageNotFoundError, UnavailableError
from realmate_challenge.shared.http import exception_handler
from realmate_challenge.shared.http.parsers import PayloadTooLarge

DETAIL = exceptions.ErrorDetail


class RuleBrokenError(DomainError):
    code = 'RULE_BROKEN'


def answer(exc: Exception) -> Response:
    # A real exception carries its traceback.
    try:
        raise exc
    except type(exc) as raised:
        return exception_handler.handle_exception(raised, {'request': None})


def error(response: Response) -> tuple[int, str]:
    (only,) = response.data['errors']
    assert list(only['details']) == ['message']
    assert only['details']['message']
    return response.status_code, only['code']


@pytest.mark.parametrize(
    ('exc', 'expected'),
    [
        (RuleBrokenError('why'), (400, 'RULE_BROKEN')),
        (NotFoundError('why'), (404, 'NOT_FOUND')),
        (PageNotFoundError(7), (404, 'NOT_FOUND')),
        (exceptions.ParseError(), (400, 'PARSE_ERROR')),
        (exceptions.NotAuthenticated(), (401, 'NOT_AUTHENTICATED')),
        (exceptions.AuthenticationFailed(), (401, 'NOT_AUTHENTICATED')),
        (exceptions.PermissionDenied(), (403, 'PERMISSION_DENIED')),
        (exceptions.NotFound(), (404, 'NOT_FOUND')),
        (exceptions.MethodNotAllowed('PUT'), (405, 'METHOD_NOT_ALLOWED')),
        (exceptions.NotAcceptable(), (406, 'NOT_ACCEPTABLE')),
        (PayloadTooLarge(), (413, 'PAYLOAD_TOO_LARGE')),
        (exceptions.UnsupportedMediaType('text/plain'), (415, 'UNSUPPORTED_MEDIA_TYPE')),
        (exceptions.Throttled(wait=7), (429, 'THROTTLED')),
        (Http404(), (404, 'NOT_FOUND')),
        (PermissionDenied(), (403, 'PERMISSION_DENIED')),
        (SuspiciousOperation('secret'), (400, 'BAD_REQUEST')),
        (OperationalError('secret'), (503, 'SERVICE_UNAVAILABLE')),
        (InterfaceError('secret'), (503, 'SERVICE_UNAVAILABLE')),
        (UnavailableError('secret'), (503, 'SERVICE_UNAVAILABLE')),
        (IntegrityError('secret'), (500, 'INTERNAL_ERROR')),
        (ProgrammingError('secret'), (500, 'INTERNAL_ERROR')),
        (DataError('secret'), (500, 'INTERNAL_ERROR')),
        (ZeroDivisionError('secret'), (500, 'INTERNAL_ERROR')),
        (exceptions.APIException('wrong'), (500, 'ERROR')),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_status_and_code(exc: Exception, expected: tuple[int, str]) -> None:
    response = answer(exc)

    assert error(response) == expected
    assert 'secret' not in str(response.data)


@pytest.mark.parametrize(
    ('detail', 'details'),
    [
        ({'type': [DETAIL('m', 'required')]}, [('type', 'm', 'required')]),
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

    assert response.status_code == 400
    assert response.data == {
        'errors': [
            {
                'code': 'VALIDATION_ERROR',
                'details': [{'field': field, 'message': message, 'code': code} for field, message, code in details],
            }
        ]
    }


def test_headers_that_errors_bring() -> None:
    unauthenticated = exceptions.NotAuthenticated()
    unauthenticated.auth_header = 'Token'  # type: ignore[attr-defined]  # as REST framework's views set it

    assert answer(unauthenticated)['WWW-Authenticate'] == 'Token'
    assert answer(exceptions.Throttled(wait=7))['Retry-After'] == '7'
    assert int(answer(OperationalError())['Retry-After']) > 0


def test_a_crash_is_logged_with_its_traceback_and_signalled(caplog: pytest.LogCaptureFixture) -> None:
    signals = []

    def listen(**arguments: object) -> None:
        signals.append(arguments['signal'])

    got_request_exception.connect(listen)
    try:
        response = answer(ZeroDivisionError('the cause'))
    finally:
        got_request_exception.disconnect(listen)

    assert response.status_code == 500
    assert signals == [got_request_exception]
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert 'ZeroDivisionError: the cause' in caplog.text
    assert 'Traceback' in caplog.text
