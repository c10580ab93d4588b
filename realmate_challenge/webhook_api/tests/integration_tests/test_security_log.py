"""The security log: a line for each log-in, refusal, reading, erasure and settled event; no contents, no secrets."""

import logging
from collections import Counter
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from realmate_challenge.shared.observability.logs import JSONFormatter
from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.payloads import (
    BRIEF,
    CONVERSATION_ID,
    MESSAGE_RECEIVED,
    NEW_CONVERSATION,
)
from realmate_challenge.webhook_api.tests.support.readers import key_of, reader

pytestmark = pytest.mark.django_db

PASSWORD = 'a-password-for-tests'  # noqa: S105 - as it says
URL = f'/conversations/{CONVERSATION_ID}/'
ADMIN = '/admin/webhook_api'
STANDARD = set(vars(logging.makeLogRecord({}))) | {'message'}

type Line = tuple[str, str, dict[str, Any]]


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture, settings: Settings) -> None:
    caplog.set_level(logging.INFO)
    settings.PASSWORD_HASHERS = ['django.contrib.auth.hashers.MD5PasswordHasher']


@pytest.fixture
def ana() -> User:
    return User.objects.create_superuser('ana', password=PASSWORD)


@pytest.fixture
def desk(client: Client, ana: User, caplog: pytest.LogCaptureFixture) -> Client:
    client.force_login(ana)
    caplog.clear()
    return client


def lines(caplog: pytest.LogCaptureFixture) -> list[Line]:
    """Return level, action and facts of each line since the last call."""
    found = [record for record in caplog.records if record.name == 'realmate_challenge.security']
    assert not any(record.name.startswith('axes') for record in caplog.records)
    caplog.clear()
    return [
        (each.levelname, each.getMessage(), {key: value for key, value in vars(each).items() if key not in STANDARD})
        for each in found
    ]


def log_in(client: Client, password: str, user: str = 'ana') -> None:
    client.post('/admin/login/', {'username': user, 'password': password})


def by(user: str, **facts: object) -> dict[str, object]:
    return {'user': user, 'address': '127.0.0.1', **facts}


@pytest.mark.usefixtures('ana')
def test_logging_in_and_out(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    log_in(client, 'wrong')
    log_in(client, PASSWORD)
    client.post('/admin/logout/')

    assert lines(caplog) == [
        ('WARNING', 'log-in failed', by('ana')),
        ('INFO', 'logged in', by('ana')),
        ('INFO', 'logged out', by('ana')),
    ]


@pytest.mark.usefixtures('ana')
def test_a_lock(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(10):
        log_in(client, 'wrong')

    assert Counter((level, action, facts['user']) for level, action, facts in lines(caplog)) == {
        ('WARNING', 'log-in failed', 'ana'): 10,
        ('WARNING', 'log-in locked', 'ana'): 1,
    }


def test_a_user_name_cannot_forge_a_line(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    log_in(client, 'wrong', 'x\n12:00 INFO logged in user=ana ' + 'y' * 100)

    ((_, _, facts),) = lines(caplog)
    assert facts['user'] == 'x?12?00?INFO?logged?in?user?ana?' + 'y' * 100


def test_a_line_has_the_id_of_its_request_and_no_password(
    client: Client, ana: User, caplog: pytest.LogCaptureFixture
) -> None:
    written = []
    handler = logging.Handler()
    handler.emit = lambda record: written.append(JSONFormatter().format(record))  # type: ignore[method-assign]  # a handler that collects lines
    logging.getLogger('realmate_challenge.security').addHandler(handler)
    try:
        client.post('/admin/login/', {'username': 'ana', 'password': PASSWORD}, HTTP_X_REQUEST_ID='an-id')
    finally:
        logging.getLogger('realmate_challenge.security').removeHandler(handler)

    (line,) = written
    assert '"request_id":"an-id"' in line
    assert PASSWORD not in line


@pytest.mark.usefixtures('conversation_is_open')
def test_reading_with_a_token(api_client: APIClient, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.API_REQUIRE_AUTH = True
    key = key_of(reader('support'))
    caplog.clear()

    api_client.get(URL, HTTP_AUTHORIZATION=f'Token {key}')

    assert lines(caplog) == [('INFO', 'conversation read', by('support', conversation_id=CONVERSATION_ID))]


@pytest.mark.usefixtures('conversation_is_open')
def test_open_reading_writes_no_line(api_client: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    assert api_client.get(URL).status_code == 200

    assert lines(caplog) == []


def test_refused_readers(api_client: APIClient, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.API_REQUIRE_AUTH = True
    key = key_of(User.objects.create_user('support'))

    api_client.get(URL)
    api_client.get(URL, HTTP_AUTHORIZATION='Token wrong')
    api_client.get(URL, HTTP_AUTHORIZATION=f'Token {key}')

    assert lines(caplog) == [
        ('WARNING', 'access refused', by(user, view='ConversationView', reason=reason))
        for user, reason in (('', 'not_authenticated'), ('', 'authentication_failed'), ('support', 'permission_denied'))
    ]


def test_missing_and_wrong_signatures(
    post_event: PostEvent, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.WEBHOOK_SIGNATURE_SCHEME, settings.WEBHOOK_SECRETS = 'hub', ['a secret of at least 24 bytes']

    post_event(NEW_CONVERSATION)
    post_event(NEW_CONVERSATION, HTTP_X_HUB_SIGNATURE_256='sha256=00')

    assert lines(caplog) == [
        ('WARNING', 'access refused', by('', view='WebhookView', reason=reason))
        for reason in ('not_authenticated', 'invalid_signature')
    ]


def test_reading_in_the_admin(desk: Client, post_event: PostEvent, caplog: pytest.LogCaptureFixture) -> None:
    post_event(MESSAGE_RECEIVED)
    for event in BRIEF:
        post_event(event)
    event_id, message_id = models.UnappliedEvent.objects.get().pk, MESSAGE_RECEIVED['data']['id']

    desk.get(f'{ADMIN}/conversation/{CONVERSATION_ID}/change/')
    desk.get(f'{ADMIN}/message/{message_id}/change/')
    desk.get(f'{ADMIN}/unappliedevent/{event_id}/change/')
    desk.get(f'{ADMIN}/message/?q={CONVERSATION_ID}')

    of = {'conversation_id': CONVERSATION_ID}
    assert lines(caplog) == [
        ('INFO', 'conversation read', by('ana', id=CONVERSATION_ID, **of)),
        ('INFO', 'message read', by('ana', id=message_id, **of)),
        ('INFO', 'unappliedevent read', by('ana', id=str(event_id), **of)),
        ('INFO', 'messages listed', by('ana', searched=CONVERSATION_ID)),
    ]


@pytest.mark.usefixtures('conversation_is_open')
def test_erasing(desk: Client, caplog: pytest.LogCaptureFixture) -> None:
    desk.post(f'{ADMIN}/conversation/{CONVERSATION_ID}/delete/', {'post': 'yes'})

    assert lines(caplog) == [('INFO', 'conversation erased', by('ana', conversation_id=CONVERSATION_ID))]


@pytest.mark.parametrize(('action', 'name'), [('apply_now', 'apply'), ('dismiss', 'dismiss')])
def test_applying_and_dismissing_are_in_both_logs(
    desk: Client, post_event: PostEvent, caplog: pytest.LogCaptureFixture, action: str, name: str
) -> None:
    post_event(MESSAGE_RECEIVED)
    event_id = models.UnappliedEvent.objects.get().pk

    for _ in range(2):  # the second time nothing is left to dismiss, or it is tried again
        desk.post(f'{ADMIN}/unappliedevent/', {'action': action, '_selected_action': event_id})
        models.UnappliedEvent.objects.update(status='dismissed')

    assert lines(caplog) == [('INFO', f'{name} unapplied events', by('ana', event_ids=[event_id]))]
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id, entry.change_message) == ('ana', str(event_id), name)
