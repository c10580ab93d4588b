"""Logging in to the admin: locks, limits and sessions."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from realmate_challenge.shared.security import login

pytestmark = pytest.mark.django_db

URL = '/admin/login/'
PASSWORD = 'a-password-for-tests'  # noqa: S105 - as it says
LIMIT = 10
ELSEWHERE = {'REMOTE_ADDR': '198.51.100.7'}


@pytest.fixture(autouse=True)
def ana(settings: Settings) -> User:
    settings.PASSWORD_HASHERS = ['django.contrib.auth.hashers.MD5PasswordHasher']
    return User.objects.create_user('ana', password=PASSWORD, is_staff=True)


def attempt(client: Client, password: str = 'wrong', user: str = 'ana', **environ: Any) -> HttpResponse:  # noqa: ANN401, S107 - of WSGI; a wrong one
    return client.post(URL, {'username': user, 'password': password, 'next': '/admin/'}, **environ)  # type: ignore[return-value]  # stubs


def fail(client: Client, times: int = LIMIT, **environ: str) -> None:
    for _ in range(times):
        attempt(client, **environ)


def test_after_40_wrong_passwords_the_right_one_does_not_pass(client: Client) -> None:
    fail(client, 40)

    assert attempt(client, PASSWORD).status_code == 429
    assert '_auth_user_id' not in client.session


def test_9_wrong_passwords_do_not_lock_and_the_right_one_resets_the_count(client: Client) -> None:
    for _ in range(2):
        fail(client, LIMIT - 1)
        assert attempt(client, PASSWORD).status_code == 302


def test_a_changing_browser_name_does_not_avoid_the_lock(client: Client) -> None:
    for number in range(LIMIT):
        fail(client, 1, HTTP_USER_AGENT=f'browser {number}')

    assert attempt(client, PASSWORD).status_code == 429


def test_an_attacker_elsewhere_does_not_lock_the_operator_out(client: Client) -> None:
    fail(client, 40, **ELSEWHERE)

    assert attempt(client, PASSWORD).status_code == 302


def test_a_lock_ends_after_an_hour_even_if_attempts_go_on(client: Client) -> None:
    fail(client)
    AccessAttempt.objects.update(attempt_time=F('attempt_time') - timedelta(minutes=59))
    assert attempt(client, PASSWORD).status_code == 429

    AccessAttempt.objects.update(attempt_time=F('attempt_time') - timedelta(minutes=2))
    assert attempt(client, PASSWORD).status_code == 302


def test_an_operator_unlocks_a_user(client: Client) -> None:
    fail(client)

    call_command('axes_reset_username', 'ana')

    assert attempt(client, PASSWORD).status_code == 302


def test_behind_the_proxy_the_last_forwarded_address_counts(client: Client, settings: Settings) -> None:
    settings.HTTPS = True
    for number in range(LIMIT):
        fail(client, 1, HTTP_X_FORWARDED_FOR=f'203.0.113.{number}, 198.51.100.7')

    assert attempt(client, PASSWORD, HTTP_X_FORWARDED_FOR='198.51.100.7').status_code == 429
    assert attempt(client, PASSWORD, HTTP_X_FORWARDED_FOR='198.51.100.8').status_code == 302


def test_without_the_proxy_a_forwarded_address_is_not_believed(client: Client) -> None:
    for number in range(LIMIT):
        fail(client, 1, HTTP_X_FORWARDED_FOR=f'203.0.113.{number}')

    assert attempt(client, PASSWORD, HTTP_X_FORWARDED_FOR='203.0.113.99').status_code == 429


@pytest.mark.parametrize('forwarded', ['', 'unknown', '1.2.3.4:5', "'; --", 'fe80::1%eth0', '::1', ','])
def test_any_forwarded_address_can_be_stored(client: Client, settings: Settings, forwarded: str) -> None:
    settings.HTTPS = True

    assert attempt(client, HTTP_X_FORWARDED_FOR=forwarded).status_code == 200


@pytest.mark.parametrize('user', ['\0', 'a\0b', 'x' * 10_000, '\ud800', '\n', '', "' OR 1=1 --", 'ã' * 150])
def test_hostile_user_names_give_the_form_again(client: Client, user: str) -> None:
    body = f'username={user}&password=x'.encode(errors='surrogatepass')

    answer = client.post(URL, body, content_type='application/x-www-form-urlencoded')

    assert answer.status_code == 200


@pytest.mark.parametrize(('language', 'words'), [('en', 'Too many attempts'), ('pt-BR', 'está bloqueado por uma hora')])
@pytest.mark.parametrize('headers', [{}, {'HTTP_X_REQUESTED_WITH': 'XMLHttpRequest'}])
def test_the_lock_is_a_page_in_the_readers_language(
    client: Client, language: str, words: str, headers: dict[str, str]
) -> None:
    fail(client)

    page = attempt(client, HTTP_ACCEPT_LANGUAGE=language, **headers)

    assert page.headers['Content-Type'].startswith('text/html')
    assert page.headers['Retry-After'] == '3600'
    assert words in page.content.decode()


@pytest.fixture
def another_log_in() -> Iterator[None]:
    """Another request whose password is being checked."""
    with login._password_check:  # noqa: SLF001 - the other request
        yield


@pytest.mark.usefixtures('another_log_in')
def test_a_second_password_check_is_answered_at_once(client: Client) -> None:
    page = attempt(client, PASSWORD)

    assert (page.status_code, page.headers['Retry-After']) == (429, '1')
    assert page.headers['Content-Type'].startswith('text/html')
    assert client.get(URL).status_code == 200


def test_the_next_log_in_may_follow_a_failure(client: Client) -> None:
    fail(client, 1)

    assert attempt(client, PASSWORD).status_code == 302


def test_a_session_ends_after_eight_idle_hours(client: Client) -> None:
    attempt(client, PASSWORD)
    for _ in range(2):
        Session.objects.update(expire_date=timezone.now() + timedelta(minutes=1))
        assert client.get('/admin/').status_code == 200
        remaining = Session.objects.get().expire_date - timezone.now()
        assert timedelta(hours=7, minutes=59) < remaining <= timedelta(hours=8)

    Session.objects.update(expire_date=timezone.now())
    assert client.get('/admin/').status_code == 302


@pytest.mark.parametrize('password', ['elevenchars', 'password1234', '839201746352', 'anamaria.silva'])
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, User(username='anamaria.silva'))
