"""The security log: logins, refusals, reading, erasure and settled events; no contents, no secrets."""

import logging
from typing import Any, Final

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.payloads import CONVERSATION_ID, MESSAGE_RECEIVED, NEW_CONVERSATION
from realmate_challenge.webhook_api.tests.support.readers import key_of, reader

pytestmark = pytest.mark.django_db

PASSWORD: Final = 'a-password-for-tests'  # noqa: S105 - as it says
URL: Final = f'/conversations/{CONVERSATION_ID}/'
ADMIN: Final = '/admin/webhook_api'
STANDARD: Final = {*vars(logging.makeLogRecord({})), 'message'}

type Line = tuple[str, str, dict[str, Any]]


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture, settings: Settings) -> None:
    caplog.set_level(logging.INFO)
    settings.PASSWORD_HASHERS = ['django.contrib.auth.hashers.MD5PasswordHasher']


@pytest.fixture
def ana(client: Client, caplog: pytest.LogCaptureFixture) -> Client:
    """Return a client with the session of a superuser."""
    client.force_login(User.objects.create_superuser('ana', password=PASSWORD))
    caplog.clear()
    return client


def lines(caplog: pytest.LogCaptureFixture) -> list[Line]:
    """Return level, action and facts of each line."""
    assert not any(record.name.startswith('axes') for record in caplog.records)
    return [
        (each.levelname, each.getMessage(), {key: value for key, value in vars(each).items() if key not in STANDARD})
        for each in caplog.records
        if each.name == 'realmate_challenge.security'
    ]


def by(user: str, **facts: object) -> dict[str, object]:
    return {'user': user, 'address': '127.0.0.1', **facts}


def test_logins_and_logouts(ana: Client, caplog: pytest.LogCaptureFixture) -> None:
    ana.post('/admin/logout/')
    ana.post('/admin/login/', {'username': 'ana', 'password': PASSWORD})
    for _ in range(10):
        ana.post('/admin/login/', {'username': 'ana', 'password': 'wrong'})

    logged_out, logged_in, *failures = lines(caplog)
    assert logged_out == ('INFO', 'logged out', by('ana'))
    assert logged_in == ('INFO', 'logged in', by('ana'))
    assert failures.count(('WARNING', 'log-in failed', by('ana'))) == 10
    assert failures.count(('WARNING', 'log-in locked', by('ana'))) == len(failures) - 10 == 1


def test_a_user_name_cannot_forge_a_line(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    name = 'x\n12:00 INFO logged in user=ana ' + 'y' * 150
    client.post('/admin/login/', {'username': name, 'password': 'wrong'})

    ((_, _, facts),) = lines(caplog)
    assert facts['user'] == ('x?12?00?INFO?logged?in?user?ana?' + 'y' * 150)[:150]


@pytest.mark.usefixtures('conversation_is_open')
@pytest.mark.parametrize('require_auth', [True, False])
def test_reading_with_a_token(
    api_client: APIClient, settings: Settings, caplog: pytest.LogCaptureFixture, *, require_auth: bool
) -> None:
    settings.API_REQUIRE_AUTH = require_auth

    api_client.get(URL, HTTP_AUTHORIZATION=f'Token {key_of(reader("support"))}')

    expected = ('INFO', 'conversation read', by('support', conversation_id=CONVERSATION_ID))
    assert lines(caplog) == ([expected] if require_auth else [])


def test_refusals(
    api_client: APIClient, post_event: PostEvent, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.API_REQUIRE_AUTH = True
    settings.WEBHOOK_SIGNATURE_SCHEME, settings.WEBHOOK_SECRETS = 'hub', ['a secret of at least 24 bytes']

    api_client.get(URL)
    api_client.get(URL, HTTP_AUTHORIZATION='Token wrong')
    api_client.get(URL, HTTP_AUTHORIZATION=f'Token {key_of(User.objects.create_user("support"))}')
    post_event(NEW_CONVERSATION)
    post_event(NEW_CONVERSATION, HTTP_X_HUB_SIGNATURE_256='sha256=00')

    assert lines(caplog) == [
        ('WARNING', 'access refused', by(user, view=view, reason=reason, detail=detail))
        for user, view, reason, detail in (
            ('', 'ConversationView', 'not_authenticated', 'Authentication credentials were not provided.'),
            ('', 'ConversationView', 'authentication_failed', 'Invalid token.'),
            ('support', 'ConversationView', 'permission_denied', 'You do not have permission to perform this action.'),
            ('', 'WebhookView', 'not_authenticated', 'Missing header: X-Hub-Signature-256.'),
            ('', 'WebhookView', 'invalid_signature', 'No secret matches the signature.'),
        )
    ]


def test_reading_and_erasing_in_the_admin(ana: Client, post_event: PostEvent, caplog: pytest.LogCaptureFixture) -> None:
    for event in (MESSAGE_RECEIVED, NEW_CONVERSATION):
        post_event(event)
    event_id, message_id = str(models.UnappliedEvent.objects.get().pk), MESSAGE_RECEIVED['data']['id']

    ana.get(f'{ADMIN}/conversation/{CONVERSATION_ID}/change/')
    ana.get(f'{ADMIN}/message/{message_id}/change/')
    ana.get(f'{ADMIN}/unappliedevent/{event_id}/change/')
    ana.get(f'{ADMIN}/message/?q={CONVERSATION_ID}')
    ana.post(f'{ADMIN}/conversation/{CONVERSATION_ID}/delete/', {'post': 'yes'})

    assert lines(caplog) == [
        ('INFO', 'conversation read', by('ana', id=CONVERSATION_ID, conversation_id=CONVERSATION_ID)),
        ('INFO', 'message read', by('ana', id=message_id, conversation_id=CONVERSATION_ID)),
        ('INFO', 'unappliedevent read', by('ana', id=event_id, conversation_id=CONVERSATION_ID)),
        ('INFO', 'messages listed', by('ana', searched=CONVERSATION_ID)),
        ('INFO', 'conversation erased', by('ana', conversation_id=CONVERSATION_ID)),
    ]


@pytest.mark.parametrize(('action', 'name'), [('apply_now', 'apply'), ('dismiss', 'dismiss')])
def test_applying_and_dismissing_are_in_both_logs(
    ana: Client, post_event: PostEvent, caplog: pytest.LogCaptureFixture, action: str, name: str
) -> None:
    post_event(MESSAGE_RECEIVED)
    event_id = models.UnappliedEvent.objects.get().pk

    for _ in range(2):  # the second time, the event is already settled
        ana.post(f'{ADMIN}/unappliedevent/', {'action': action, '_selected_action': event_id})
        models.UnappliedEvent.objects.update(status='dismissed')

    assert lines(caplog) == [('INFO', f'{name} unapplied events', by('ana', event_ids=[event_id]))]
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id, entry.change_message) == ('ana', str(event_id), name)
