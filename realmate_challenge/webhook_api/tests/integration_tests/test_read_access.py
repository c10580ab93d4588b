"""Who may read."""

from datetime import timedelta

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

LIST = '/conversations/'
URL = f'/conversations/{CONVERSATION_ID}/'


@pytest.fixture(autouse=True)
def reading_needs_credentials(settings: Settings) -> None:
    settings.API_REQUIRE_AUTH = True


@pytest.mark.parametrize('url', [LIST, URL])
def test_without_credentials_nobody_may_read(api_client: APIClient, url: str) -> None:
    answer = api_client.get(url)

    assert error_of(answer) == (401, 'NOT_AUTHENTICATED')
    assert answer['WWW-Authenticate'] == 'Token'


@pytest.mark.parametrize(
    'header', ['Token nonsense', 'Token', 'Token a\0b', 'Token a b', 'Token \xff', 'Bearer x', 'Basic eDp5']
)
def test_wrong_credentials_may_not(api_client: APIClient, header: str) -> None:
    assert error_of(api_client.get(URL, HTTP_AUTHORIZATION=header)) == (401, 'NOT_AUTHENTICATED')


@pytest.mark.parametrize('url', [LIST, URL])
def test_a_token_needs_a_user_with_the_right_to_read(api_client: APIClient, url: str) -> None:
    may, may_not = key_of(reader()), key_of(User.objects.create_user('without', is_staff=True))

    assert api_client.get(url, HTTP_AUTHORIZATION=f'Token {may}').status_code == 200
    assert error_of(api_client.get(url, HTTP_AUTHORIZATION=f'Token {may_not}')) == (403, 'PERMISSION_DENIED')


@pytest.mark.parametrize('url', [LIST, URL])
def test_a_session_needs_a_user_with_the_right_to_read(api_client: APIClient, url: str) -> None:
    api_client.force_login(User.objects.create_user('without', is_staff=True))
    assert error_of(api_client.get(url)) == (403, 'PERMISSION_DENIED')

    api_client.force_login(reader())
    assert api_client.get(url).status_code == 200


def test_superusers_may_read(api_client: APIClient) -> None:
    key = key_of(User.objects.create_superuser('root'))

    assert api_client.get(URL, HTTP_AUTHORIZATION=f'Token {key}').status_code == 200


def test_inactive_users_may_not_read(api_client: APIClient) -> None:
    user = reader()
    key = key_of(user)
    api_client.force_login(user)
    User.objects.update(is_active=False)

    assert error_of(api_client.get(URL)) == (401, 'NOT_AUTHENTICATED')
    api_client.logout()
    assert error_of(api_client.get(URL, HTTP_AUTHORIZATION=f'Token {key}')) == (401, 'NOT_AUTHENTICATED')


def test_a_token_expires(api_client: APIClient) -> None:
    user = reader()
    expired = AuthToken.objects.create(user, expiry=timedelta(seconds=-1))[1]
    valid = key_of(user)

    assert error_of(api_client.get(URL, HTTP_AUTHORIZATION=f'Token {expired}')) == (401, 'NOT_AUTHENTICATED')
    assert api_client.get(URL, HTTP_AUTHORIZATION=f'Token {valid}').status_code == 200


def test_events_need_no_credentials_of_readers(post_event: PostEvent) -> None:
    assert post_event(NEW_CONVERSATION).status_code == 204
