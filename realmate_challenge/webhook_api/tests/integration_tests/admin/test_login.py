"""Log-in to the admin: locks, limits, sessions, passwords and uploads to the log-in page."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
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


@pytest.fixture(autouse=True)
def ana(settings: Settings) -> User:
    settings.PASSWORD_HASHERS = ['django.contrib.auth.hashers.MD5PasswordHasher']
    return User.objects.create_user('ana', password=PASSWORD, is_staff=True)


def attempt(client: Client, password: str = 'wrong', **environ: Any) -> HttpResponse:  # noqa: ANN401, S107 - of WSGI; a wrong one
    return client.post(URL, {'username': 'ana', 'password': password, 'next': '/admin/'}, **environ)  # type: ignore[return-value]  # stubs


def fail(client: Client, times: int = LIMIT, **environ: str) -> None:
    """Give wrong passwords. `{}` in a value becomes the number of the attempt."""
    for number in range(times):
        attempt(client, **{name: value.format(number) for name, value in environ.items()})


def test_too_many_failures_lock_one_address_until_a_success(client: Client) -> None:
    fail(client, REMOTE_ADDR='198.51.100.7')
    for _ in range(2):
        fail(client, LIMIT - 1)
        assert attempt(client, PASSWORD).status_code == 302

    client.logout()
    fail(client, HTTP_USER_AGENT='browser {}')
    assert attempt(client, PASSWORD).status_code == 429
    assert '_auth_user_id' not in client.session


@pytest.mark.parametrize('statuses', [pytest.param([429, 302], id='https'), pytest.param([429, 429], id='http')])
def test_only_the_proxy_reports_the_address(client: Client, settings: Settings, statuses: list[int]) -> None:
    settings.HTTPS = statuses == [429, 302]
    fail(client, HTTP_X_FORWARDED_FOR='203.0.113.{}, 198.51.100.7')

    addresses = ('198.51.100.7', '198.51.100.8')
    assert [attempt(client, PASSWORD, HTTP_X_FORWARDED_FOR=each).status_code for each in addresses] == statuses


def test_lock_ends_after_an_hour_even_if_attempts_go_on(client: Client) -> None:
    fail(client)
    AccessAttempt.objects.update(attempt_time=F('attempt_time') - timedelta(minutes=59))
    assert attempt(client, PASSWORD).status_code == 429

    AccessAttempt.objects.update(attempt_time=F('attempt_time') - timedelta(minutes=2))
    assert attempt(client, PASSWORD).status_code == 302


@pytest.mark.parametrize('user', ['\0', 'a\0b', 'x' * 10_000, '\ud800', '\n', '', "' OR 1=1 --", 'ã' * 150])
def test_hostile_input_gets_the_form_again(client: Client, settings: Settings, user: str) -> None:
    settings.HTTPS = True
    body = f'username={user}&password=x'.encode(errors='surrogatepass')

    for address in ('', 'unknown', '1.2.3.4:5', "'; --", 'fe80::1%eth0', '::1', ','):
        page = client.post(URL, body, 'application/x-www-form-urlencoded', HTTP_X_FORWARDED_FOR=address)
        assert page.status_code == 200


@pytest.mark.parametrize(('language', 'words'), [('en', 'Too many attempts'), ('pt-BR', 'bloqueado por uma hora')])
def test_lock_is_explained_by_a_page(client: Client, language: str, words: str) -> None:
    fail(client)

    for header in ({}, {'HTTP_X_REQUESTED_WITH': 'XMLHttpRequest'}):
        page = attempt(client, HTTP_ACCEPT_LANGUAGE=language, **header)
        assert page.headers['Content-Type'].startswith('text/html')
        assert page.headers['Retry-After'] == '3600'
        assert words in page.content.decode()


def test_second_simultaneous_password_check_is_refused_at_once(client: Client) -> None:
    with login._password_check:  # noqa: SLF001 - as another request does
        page = attempt(client, PASSWORD)
        assert (page.status_code, page.headers['Retry-After']) == (429, '1')
        assert client.get(URL).status_code == 200

    assert attempt(client, PASSWORD).status_code == 302


def test_session_ends_after_eight_idle_hours(client: Client) -> None:
    attempt(client, PASSWORD)
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=1))
    assert client.get('/admin/').status_code == 200
    remaining = Session.objects.get().expire_date - timezone.now()
    assert timedelta(hours=7, minutes=59) < remaining <= timedelta(hours=8)

    Session.objects.update(expire_date=timezone.now())
    assert client.get('/admin/').status_code == 302


@pytest.mark.parametrize('password', ['elevenchars', 'password1234', '839201746352', 'anamaria.silva'])
def test_weak_password_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, User(username='anamaria.silva'))


@pytest.mark.parametrize(('cap', 'status'), [(2**23, 200), (2**20, 413)])
def test_uploaded_file_is_not_written_to_the_disk(client: Client, settings: Settings, cap: int, status: int) -> None:
    settings.WEBHOOK_MAX_BODY_BYTES = cap
    # Writing would fail.
    settings.FILE_UPLOAD_TEMP_DIR = '/missing'
    # More than Django keeps in memory by default.
    file = SimpleUploadedFile('file.bin', b'x' * 3 * 2**20)

    page = client.post(URL, {'file': file})

    assert page.status_code == status
    assert page.headers['Content-Type'].startswith('text/html')
