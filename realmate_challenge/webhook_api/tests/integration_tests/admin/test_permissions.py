"""Permissions of the admin pages. No user can create or change what the platform sent, or a token."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from knox.models import AuthToken

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus
from realmate_challenge.webhook_api.tests.integration_tests.admin.conftest import client_of
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import EVENTS, LISTS, MESSAGES, transcript_of
from realmate_challenge.webhook_api.tests.support.factories import MessageRowFactory, NewMessageFactory
from realmate_challenge.webhook_api.tests.support.fakes import in_database
from realmate_challenge.webhook_api.tests.support.readers import key_of

TOKENS = '/admin/knox/authtoken/'

pytestmark = pytest.mark.django_db


@pytest.fixture
def details() -> list[str]:
    """Return the URLs of a conversation, a message and an unapplied event."""
    message = MessageRowFactory.create()
    in_database().unapplied_events.record(NewMessageFactory.build(), status=UnappliedStatus.HELD, reason='WHY')
    event = models.UnappliedEvent.objects.get()
    return [transcript_of(message.conversation_id), f'{MESSAGES}{message.id}/change/', f'{EVENTS}{event.id}/change/']


@pytest.fixture
def key() -> str:
    return key_of(User.objects.create_user('support'))


def test_users_see_only_what_they_have_permission_for(client: Client, details: list[str]) -> None:
    urls = (*LISTS, *details)
    for _ in ('anonymous', 'guest'):
        assert all(client.get(url).headers['Location'].startswith('/admin/login/') for url in (*urls, TOKENS))
        client.force_login(User.objects.get_or_create(username='guest')[0])

    curious = client_of('curious', 'view_message')
    assert [curious.get(url).status_code for url in urls] == [403, 200, 403, 403, 200, 403]


def test_readers_see_everything_without_any_control_to_change_it(reader: Client, details: list[str]) -> None:
    for url in (*LISTS, *details):
        page = reader.get(url)
        assert page.status_code == 200
        assert not any(control in page.content for control in (b'name="_save"', b'name="action"', b'/delete/'))
    assert reader.post(details[0].replace('change', 'delete'), {'post': 'yes'}).status_code == 403


def test_even_a_superuser_cannot_create_change_or_delete_rows(operator: Client, details: list[str], key: str) -> None:
    tables = (models.Conversation, models.Message, models.UnappliedEvent, AuthToken)
    before = [list(table.objects.values()) for table in tables]
    deletions = [url.replace('change', 'delete') for url in details[1:]]
    token = f'{TOKENS}{AuthToken.objects.get().pk}/change/'

    for url in (*(f'{each}add/' for each in (*LISTS, TOKENS)), *details, *deletions, token):
        assert operator.post(url, {'content': 'forged', 'status': 'CLOSED', 'post': 'yes'}).status_code == 403

    assert before == [list(table.objects.values()) for table in tables]


def test_token_is_listed_and_revoked_without_showing_its_key(key: str) -> None:
    selected = {'action': 'delete_selected', '_selected_action': AuthToken.objects.get().pk, 'post': 'yes'}
    auditor = client_of('auditor', 'view_authtoken')

    page = auditor.get(TOKENS).content.decode()
    assert all(part in page for part in ('support', f'{key[:8]}…'))
    assert key not in page
    auditor.post(TOKENS, selected)
    assert AuthToken.objects.exists()
    client_of('revoker', 'view_authtoken', 'delete_authtoken').post(TOKENS, selected)
    assert not AuthToken.objects.exists()
    assert key not in str(LogEntry.objects.values())
