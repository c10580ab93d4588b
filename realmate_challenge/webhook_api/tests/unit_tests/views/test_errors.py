"""Every error that needs no database answers in the envelope, on every address."""

from typing import Any

import pytest
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from pytest_django import Settings
from rest_framework.test import APIClient

from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.envelope import error_of
from realmate_challenge.webhook_api.tests.support.payloads import CONVERSATION_ID, NEW_CONVERSATION
from realmate_challenge.webhook_api.use_cases.contention import ContentionError

CONVERSATION = f'/conversations/{CONVERSATION_ID}/'
WRONG_METHODS = ['put', 'patch', 'delete', 'trace']
PAGES = ['/docs/', '/redoc/', '/schema/']


class Failing:
    """Stands in for a use case that fails."""

    def __init__(self, exc: Exception) -> None:
        self.exc = exc

    def __call__(self, *_: object, **__: object) -> Any:  # noqa: ANN401 - never returns
        raise self.exc


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Exception:
    """Every use case raises the test's parameter."""
    exc: Exception = request.param
    for name in ('handle_webhook_event', 'get_conversation'):
        monkeypatch.setattr(composition, name, lambda **_: Failing(exc))
    return exc


@pytest.mark.parametrize('method', ['get', 'post', 'put', 'patch', 'delete', 'options'])
@pytest.mark.parametrize('path', ['/', '/nope', '/webhook/x', '/conversations', '/schema', '/static/nope.js', '/é'])
def test_unknown_addresses(api_client: APIClient, method: str, path: str) -> None:
    answer = getattr(api_client, method)(path)

    assert error_of(answer) == (404, 'NOT_FOUND')


@pytest.mark.parametrize('debug', [False, True])
def test_unknown_addresses_also_while_debugging(api_client: APIClient, settings: Settings, *, debug: bool) -> None:
    settings.DEBUG = debug

    assert error_of(api_client.get('/nope/', HTTP_ACCEPT='*/*')) == (404, 'NOT_FOUND')


@pytest.mark.parametrize(
    ('path', 'method', 'allowed'),
    [
        *[(path, method, 'POST, OPTIONS') for path in ('/webhook/', '/webhook') for method in ('get', *WRONG_METHODS)],
        *[
            (path, method, 'GET, HEAD, OPTIONS')
            for path in (CONVERSATION, *PAGES)
            for method in ('post', *WRONG_METHODS)
        ],
    ],
)
def test_wrong_methods(api_client: APIClient, path: str, method: str, allowed: str) -> None:
    answer = getattr(api_client, method)(path)

    assert error_of(answer) == (405, 'METHOD_NOT_ALLOWED')
    assert answer['Allow'] == allowed


@pytest.mark.parametrize('accept', ['text/html', 'application/xml', 'nonsense', '\xff'])
@pytest.mark.parametrize('path', [CONVERSATION, '/conversations/'])
def test_not_acceptable(api_client: APIClient, path: str, accept: str) -> None:
    assert error_of(api_client.generic('GET', path, HTTP_ACCEPT=accept)) == (406, 'NOT_ACCEPTABLE')


@pytest.mark.parametrize('page', PAGES)
def test_the_docs_refuse_in_the_envelope_too(api_client: APIClient, page: str) -> None:
    assert error_of(api_client.get(page, HTTP_ACCEPT='image/png')) == (406, 'NOT_ACCEPTABLE')


@pytest.mark.parametrize('media_type', ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', ''])
def test_unsupported_media_types(post_event: PostEvent, media_type: str) -> None:
    answer = post_event(b'{}', content_type=media_type)

    assert error_of(answer) == (415, 'UNSUPPORTED_MEDIA_TYPE')


@pytest.mark.parametrize(
    'failing', [ZeroDivisionError('secret'), KeyError('secret'), RecursionError('secret')], indirect=True
)
@pytest.mark.parametrize('method', ['post', 'get'])
@pytest.mark.parametrize('debug', [False, True])
def test_a_crash_is_logged_and_signalled_and_not_shown(  # noqa: PLR0913 - all of it matters at once
    api_client: APIClient,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    failing: Exception,
    *,
    method: str,
    debug: bool,
) -> None:
    settings.DEBUG = debug
    signalled = []

    def listen(request: object, **_: object) -> None:
        signalled.append(request)

    got_request_exception.connect(listen)
    try:
        answer = api_client.post('/webhook/', NEW_CONVERSATION) if method == 'post' else api_client.get(CONVERSATION)
    finally:
        got_request_exception.disconnect(listen)

    assert error_of(answer) == (500, 'INTERNAL_ERROR')
    assert b'secret' not in answer.content
    assert type(failing).__name__.encode() not in answer.content
    assert 'Traceback' in caplog.text
    assert f'{type(failing).__name__}: ' in caplog.text
    assert len(signalled) == 1


@pytest.mark.parametrize(
    'failing',
    [OperationalError('secret'), InterfaceError('secret'), ContentionError(composition.__name__)],  # type: ignore[arg-type]  # any id
    indirect=True,
    ids=lambda exc: type(exc).__name__,
)
@pytest.mark.parametrize('method', ['post', 'get'])
@pytest.mark.usefixtures('failing')
def test_unavailability_asks_to_come_back(api_client: APIClient, method: str) -> None:
    answer = api_client.post('/webhook/', NEW_CONVERSATION) if method == 'post' else api_client.get(CONVERSATION)

    assert error_of(answer) == (503, 'SERVICE_UNAVAILABLE')
    assert int(answer['Retry-After']) > 0
    assert b'secret' not in answer.content


@pytest.mark.parametrize(
    'text', ['42', 'x', '6a41b347-8d80-4ce9-84ba-7af66f369f6', f'{{{CONVERSATION_ID}}}', '%00', 'é', "'"]
)
def test_an_id_that_is_no_uuid(api_client: APIClient, text: str) -> None:
    assert error_of(api_client.get(f'/conversations/{text}/')) == (400, 'INVALID_UUID')
