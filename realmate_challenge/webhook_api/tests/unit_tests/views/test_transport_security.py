"""Hosts, plain HTTP, and the security headers of every response."""

import logging
from typing import Any, Final
from unittest import mock

import pytest
from django.db import OperationalError
from django.test import RequestFactory
from django.views.debug import get_default_exception_reporter_filter
from pytest_django import Settings
from rest_framework.test import APIClient

from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.tests.support.envelope import error_of
from realmate_challenge.webhook_api.tests.support.payloads import CONVERSATION_ID

STATIC: Final = '/static/webhook_api/admin.css'
# The responses of these paths need no database.
PATHS: Final = (
    '/webhook/', '/conversations/x/', '/conversations', '/metrics', '/health/live', '/docs/', '/', '/nope', '/admin/',
    STATIC,
)  # fmt: skip
HSTS: Final = 'max-age=31536000; includeSubDomains'


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('django.contrib.sessions.middleware.SessionMiddleware.process_request', mock.Mock())


@pytest.fixture
def https(settings: Settings) -> None:
    """The settings of DJANGO_HTTPS."""
    settings.HTTPS = True
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https')
    settings.SECURE_HSTS_SECONDS = 31_536_000


@pytest.mark.parametrize('path', [path for path in PATHS if path != '/health/live'])
@pytest.mark.parametrize('debug', [False, True])
def test_a_foreign_host_is_refused(
    api_client: APIClient, settings: Settings, caplog: pytest.LogCaptureFixture, path: str, *, debug: bool
) -> None:
    settings.DEBUG = debug
    answer = api_client.get(path, HTTP_HOST='evil.example')

    assert answer.status_code == 400
    if path == '/admin/':
        assert answer['Content-Type'].startswith('text/html')
        assert b'Traceback' not in answer.content
    else:
        assert error_of(answer) == (400, 'BAD_REQUEST')
    (record,) = [each for each in caplog.records if each.name != 'django.request']
    assert (record.levelno, record.exc_info) == (logging.WARNING, None)
    assert 'evil.example' in record.message


@pytest.mark.parametrize('host', ['a b', '[::1', 'localhost:port', '', 'x' * 60_000])
def test_a_malformed_host_is_refused(api_client: APIClient, caplog: pytest.LogCaptureFixture, host: str) -> None:
    assert error_of(api_client.post('/webhook/', HTTP_HOST=host)) == (400, 'BAD_REQUEST')
    assert len(caplog.text) < 1000


def test_health_checks_answer_any_host(api_client: APIClient) -> None:
    assert api_client.get('/health/live', HTTP_HOST='10.0.0.7:8000').status_code == 200


@pytest.mark.usefixtures('https')
@pytest.mark.parametrize('host', ['testserver', 'evil.example'])
@pytest.mark.parametrize('path', PATHS)
def test_every_answer_has_security_headers(api_client: APIClient, path: str, host: str) -> None:
    answer = api_client.get(path, HTTP_X_FORWARDED_PROTO='https', HTTP_HOST=host)
    answer.close()

    assert answer['Strict-Transport-Security'] == HSTS
    assert answer['X-Content-Type-Options'] == 'nosniff'
    assert answer['Referrer-Policy'] == 'same-origin'


@pytest.mark.usefixtures('https')
def test_hsts_with_preload(api_client: APIClient, settings: Settings) -> None:
    settings.SECURE_HSTS_PRELOAD = True

    answer = api_client.get('/health/live', HTTP_X_FORWARDED_PROTO='https')

    assert answer['Strict-Transport-Security'] == f'{HSTS}; preload'


@pytest.mark.usefixtures('https')
@pytest.mark.parametrize(
    'path',
    ['/conversations/', f'/conversations/{CONVERSATION_ID}/', '/conversations', f'/conversations/{CONVERSATION_ID}'],
)
def test_conversations_are_not_read_over_plain_http(api_client: APIClient, path: str) -> None:
    answer = api_client.get(path, HTTP_AUTHORIZATION='Token wrong')

    assert error_of(answer) == (403, 'PERMISSION_DENIED')
    assert 'https' in answer.json()['errors'][0]['details']['message']
    assert answer['Cache-Control'] == 'no-store'
    assert 'Strict-Transport-Security' not in answer


@pytest.mark.usefixtures('https')
def test_over_plain_http_machines_are_served_and_pages_redirected(api_client: APIClient) -> None:
    assert error_of(api_client.post('/webhook/', b'', content_type='application/json')) == (400, 'PARSE_ERROR')
    assert api_client.get('/health/live').status_code == 200
    for path in ('/docs/', '/docs', '/admin/', '/'):
        assert api_client.get(path)['Location'] == f'https://testserver{path}'


@pytest.mark.parametrize(
    ('method', 'path', 'headers', 'status'),
    [
        ('GET', '/conversations', {}, 301),
        ('GET', f'/conversations/{CONVERSATION_ID}', {}, 301),
        ('GET', '/conversations/x/', {}, 400),
        ('GET', '/conversations/', {'HTTP_HOST': 'evil.example'}, 400),
        ('GET', '/conversations/', {}, 401),
        ('GET', '/conversations/?page=0', {}, 404),
        ('GET', '/conversations/x/y/', {}, 404),
        ('POST', '/conversations/', {}, 405),
        ('GET', '/conversations/', {'HTTP_ACCEPT': 'text/html'}, 406),
        ('GET', '/conversations/', {}, 503),
    ],
)
def test_nothing_about_conversations_is_cached(  # noqa: PLR0913, PLR0917 - parameters
    monkeypatch: pytest.MonkeyPatch, settings: Settings, method: str, path: str, headers: dict[str, Any], status: int
) -> None:
    settings.API_REQUIRE_AUTH = status == 401
    monkeypatch.setattr(composition, 'list_conversations', mock.Mock(side_effect=OperationalError))
    answer = APIClient().generic(method, path, **headers)

    assert (answer.status_code, answer['Cache-Control']) == (status, 'no-store')


def test_debug_pages_hide_addresses_with_passwords() -> None:
    request = RequestFactory().get('/', DATABASE_URL='geheim', SENTRY_DSN='geheim', WEBHOOK_SECRETS='geheim', LOG='x')

    meta = get_default_exception_reporter_filter().get_safe_request_meta(request)

    assert 'geheim' not in str(meta)
    assert meta['LOG'] == 'x'
