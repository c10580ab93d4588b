"""Authentication and permission of readers."""

from datetime import timedelta
from typing import Final

import pytest
from django.contrib.auth.models import User
from knox.models import AuthToken
from pytest_django import Settings
from rest_framework.test import APIClient

from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.envelope import error_of
from realmate_challenge.webhook_api.tests.support.payloads import CONVERSATION_ID, NEW_CONVERSATION
from realmate_challenge.webhook_api.tests.support.readers import key_of, reader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures('conversation_is_open')]

URL: Final = f'/conversations/{CONVERSATION_ID}/'
both_pages: Final = pytest.mark.parametrize('url', ['/conversations/', URL])


@pytest.fixture(autouse=True)
def reading_needs_credentials(settings: Settings) -> None:
    settings.API_REQUIRE_AUTH = True


@both_pages
def test_credentials_are_required(api_client: APIClient, url: str) -> None:
    answer = api_client.get(url)

    assert error_of(answer) == (401, 'NOT_AUTHENTICATED')
    assert answer['WWW-Authenticate'] == 'Token'


@pytest.mark.parametrize('header', ['Token nonsense', 'Token', 'Token a\0b', 'Token a b', 'Token \xff', 'Bearer x'])
def test_wrong_credentials_are_refused(api_client: APIClient, header: str) -> None:
    assert error_of(api_client.get(URL, HTTP_AUTHORIZATION=header)) == (401, 'NOT_AUTHENTICATED')


@both_pages
@pytest.mark.parametrize('with_token', [True, False])
def test_the_read_permission_is_required(api_client: APIClient, url: str, *, with_token: bool) -> None:
    for user, status in ((User.objects.create_user('without', is_staff=True), 403), (reader(), 200)):
        if with_token:
            api_client.credentials(HTTP_AUTHORIZATION=f'Token {key_of(user)}')
        else:
            api_client.force_login(user)

        answer = api_client.get(url)
        assert answer.status_code == status
        assert status == 200 or error_of(answer) == (403, 'PERMISSION_DENIED')


def test_inactive_users_are_refused(api_client: APIClient) -> None:
    user = reader()
    key = key_of(user)
    api_client.force_login(user)
    User.objects.update(is_active=False)

    assert error_of(api_client.get(URL)) == (401, 'NOT_AUTHENTICATED')
    assert error_of(APIClient().get(URL, HTTP_AUTHORIZATION=f'Token {key}')) == (401, 'NOT_AUTHENTICATED')


def test_an_expired_token_is_refused(api_client: APIClient) -> None:
    key = AuthToken.objects.create(reader(), expiry=timedelta(seconds=-1))[1]

    assert error_of(api_client.get(URL, HTTP_AUTHORIZATION=f'Token {key}')) == (401, 'NOT_AUTHENTICATED')


def test_events_need_no_credentials_of_readers(post_event: PostEvent) -> None:
    assert post_event(NEW_CONVERSATION).status_code == 204


@both_pages
def test_open_reading_ignores_credentials(api_client: APIClient, settings: Settings, url: str) -> None:
    settings.API_REQUIRE_AUTH = False

    assert api_client.get(url, HTTP_AUTHORIZATION='Token expired').status_code == 200
