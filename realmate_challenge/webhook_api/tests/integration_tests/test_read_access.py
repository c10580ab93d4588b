"""Who may read."""

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.envelope import error_of
from realmate_challenge.webhook_api.tests.payloads import CONVERSATION_ID, NEW_CONVERSATION

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures('conversation_is_open')]

URL = f'/conversations/{CONVERSATION_ID}/'


@pytest.fixture(autouse=True)
def reading_needs_credentials(settings: Settings) -> None:
    settings.API_REQUIRE_AUTH = True


@pytest.fixture
def user() -> User:
    return User.objects.create_user('ana', password='senha-de-teste')  # noqa: S106 - of a user in a test


def test_nobody_may_not(api_client: APIClient) -> None:
    answer = api_client.get(URL)

    assert error_of(answer) == (401, 'NOT_AUTHENTICATED')
    assert answer['WWW-Authenticate'] == 'Token'


@pytest.mark.parametrize(
    'header', ['Token nonsense', 'Token', 'Token a\0b', 'Token a b', 'Token \xff', 'Bearer x', 'Basic eDp5']
)
def test_wrong_credentials_may_not(api_client: APIClient, header: str) -> None:
    assert error_of(api_client.get(URL, HTTP_AUTHORIZATION=header)) == (401, 'NOT_AUTHENTICATED')


def test_a_token_may(api_client: APIClient, user: User) -> None:
    token = Token.objects.create(user=user)

    assert api_client.get(URL, HTTP_AUTHORIZATION=f'Token {token.key}').status_code == 200


def test_the_token_of_a_user_who_left_may_not(api_client: APIClient, user: User) -> None:
    token = Token.objects.create(user=user)
    User.objects.update(is_active=False)

    answer = api_client.get(URL, HTTP_AUTHORIZATION=f'Token {token.key}')

    assert error_of(answer) == (401, 'NOT_AUTHENTICATED')


def test_a_session_may(api_client: APIClient, user: User) -> None:
    api_client.force_login(user)

    assert api_client.get(URL).status_code == 200


def test_events_need_no_credentials_of_readers(post_event: PostEvent) -> None:
    assert post_event(NEW_CONVERSATION).status_code == 204
