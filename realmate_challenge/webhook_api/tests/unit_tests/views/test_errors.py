"""Every URL answers every error in the envelope."""

from unittest.mock import Mock

import pytest
from django.db import OperationalError
from pytest_django import Settings
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.test import APIClient

from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support import signing
from realmate_challenge.webhook_api.tests.support.envelope import error_of
from realmate_challenge.webhook_api.tests.support.payloads import CONVERSATION_ID, NEW_CONVERSATION

CONVERSATION = f'/conversations/{CONVERSATION_ID}/'
PAGES = ['/docs/', '/redoc/', '/schema/']


@pytest.mark.parametrize('method', ['get', 'post', 'put', 'patch', 'delete', 'options'])
@pytest.mark.parametrize('path', ['/nope', '/webhook/x', '/conversationsx', '/static/nope.js', '/é'])
def test_unknown_urls(api_client: APIClient, settings: Settings, path: str, method: str) -> None:
    for debug in (False, True):
        settings.DEBUG = debug
        answer = getattr(api_client, method)(path, HTTP_ACCEPT='text/html')

        assert error_of(answer) == (404, 'NOT_FOUND')


@pytest.mark.parametrize(
    ('path', 'location'),
    [
        ('/', '/docs/'),
        *[(path, f'{path}/') for path in ('/docs', '/redoc', '/schema', '/admin', '/conversations')],
        (CONVERSATION[:-1], CONVERSATION),
        ('/conversations?page=2&status=OPEN&x=%C3%A9', '/conversations/?page=2&status=OPEN&x=%C3%A9'),
        ('/conversations/%C3%A9%3F%0A?page=2', '/conversations/%C3%A9%3F%0A/?page=2'),
    ],
)
@pytest.mark.parametrize('cookie', ['', 'x=y'])
def test_reads_are_redirected_and_nothing_else(
    api_client: APIClient, settings: Settings, path: str, location: str, cookie: str
) -> None:
    for settings.DEBUG in (False, True):
        for method in ('get', 'head'):
            answer = getattr(api_client, method)(path, HTTP_COOKIE=cookie)
            assert (answer.status_code, answer['Location']) == (302 if path == '/' else 301, location)
        # A redirect loses the body.
        for method in ('post', 'put', 'delete', 'options'):
            assert error_of(getattr(api_client, method)(path, HTTP_COOKIE=cookie)) == (404, 'NOT_FOUND')


def test_unknown_urls_need_no_csrf_token() -> None:
    assert error_of(APIClient(enforce_csrf_checks=True).post('/nope')) == (404, 'NOT_FOUND')


@pytest.mark.parametrize(
    ('path', 'methods', 'allowed'),
    [
        *[(path, ['get', 'put', 'patch', 'delete'], 'POST, OPTIONS') for path in ('/webhook/', '/webhook')],
        *[
            (path, ['post', 'put', 'patch', 'delete'], 'GET, HEAD, OPTIONS')
            for path in (CONVERSATION, '/conversations/', *PAGES)
        ],
    ],
)
def test_wrong_methods_need_no_signature(
    api_client: APIClient, settings: Settings, path: str, methods: list[str], allowed: str
) -> None:
    settings.WEBHOOK_SECRETS = [signing.SECRET]
    for method in (*methods, 'trace'):
        answer = api_client.generic(method.upper(), path)

        assert error_of(answer) == (405, 'METHOD_NOT_ALLOWED')
        assert answer['Allow'] == allowed


@pytest.mark.parametrize('accept', ['image/png', 'nonsense', '\xff'])
@pytest.mark.parametrize('path', [CONVERSATION, *PAGES])
def test_not_acceptable(api_client: APIClient, path: str, accept: str) -> None:
    assert error_of(api_client.get(path, HTTP_ACCEPT=accept)) == (406, 'NOT_ACCEPTABLE')


@pytest.mark.parametrize('accept', ['*/*', 'application/json'])
def test_the_usual_accept_headers_are_not_negotiated(
    api_client: APIClient, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    monkeypatch.setattr(DefaultContentNegotiation, 'select_renderer', Mock(side_effect=AssertionError))

    assert error_of(api_client.get('/conversations/?page=0', HTTP_ACCEPT=accept)) == (404, 'NOT_FOUND')


@pytest.mark.parametrize('accept', ['*/*', 'application/json', 'application/*', 'text/html, */*;q=0.1'])
def test_acceptable(api_client: APIClient, accept: str) -> None:
    assert error_of(api_client.get('/conversations/?page=0', HTTP_ACCEPT=accept)) == (404, 'NOT_FOUND')


@pytest.mark.parametrize('accept', ['text/html', 'nonsense', '\xff'])
def test_the_webhook_ignores_accept(post_event: PostEvent, accept: str) -> None:
    assert post_event(NEW_CONVERSATION, HTTP_ACCEPT=accept).status_code == 204
    assert error_of(post_event(b'', HTTP_ACCEPT=accept)) == (400, 'PARSE_ERROR')


@pytest.mark.parametrize('media_type', ['text/plain', 'application/x-www-form-urlencoded', ''])
def test_unsupported_media_types(post_event: PostEvent, media_type: str) -> None:
    answer = post_event(b'{}', content_type=media_type)

    assert error_of(answer) == (415, 'UNSUPPORTED_MEDIA_TYPE')
    assert b'application/json' in answer.content


@pytest.mark.parametrize('encoding', ['gzip', 'br', 'identity, gzip', 'nonsense'])
def test_unsupported_content_encodings(post_event: PostEvent, encoding: str) -> None:
    answer = post_event(NEW_CONVERSATION, HTTP_CONTENT_ENCODING=encoding)

    assert error_of(answer) == (415, 'UNSUPPORTED_MEDIA_TYPE')


@pytest.mark.parametrize('encoding', ['identity', 'Identity', ''])
def test_no_content_encoding(post_event: PostEvent, encoding: str) -> None:
    assert post_event(NEW_CONVERSATION, HTTP_CONTENT_ENCODING=encoding).status_code == 204


@pytest.mark.parametrize('debug', [False, True])
@pytest.mark.parametrize(
    ('exc', 'expected'),
    [(RecursionError('secret'), (500, 'INTERNAL_ERROR')), (OperationalError('secret'), (503, 'SERVICE_UNAVAILABLE'))],
)
def test_failures_are_hidden(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, exc: Exception, expected: tuple[int, str], *, debug: bool
) -> None:
    settings.DEBUG = debug
    for name in ('handle_webhook_event', 'get_conversation'):
        monkeypatch.setattr(composition, name, Mock(side_effect=exc))

    client = APIClient(raise_request_exception=False)
    for answer in (client.post('/webhook/', NEW_CONVERSATION), client.get(CONVERSATION)):
        assert error_of(answer) == expected
        assert b'secret' not in answer.content


@pytest.mark.parametrize('text', ['42', '6a41b347-8d80-4ce9-84ba-7af66f369f6', f'{{{CONVERSATION_ID}}}', '%00', 'é'])
def test_ids_that_are_not_uuids(api_client: APIClient, text: str) -> None:
    assert error_of(api_client.get(f'/conversations/{text}/')) == (400, 'INVALID_UUID')
