"""Who may look, and that nobody makes or changes by hand what comes from the platform."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus
from realmate_challenge.webhook_api.tests.integration_tests.admin.conftest import client_of
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import (
    CONVERSATIONS,
    EVENTS,
    LISTS,
    MESSAGES,
    erasure_of,
    transcript_of,
)
from realmate_challenge.webhook_api.tests.support.factories import MessageRowFactory, NewMessageFactory
from realmate_challenge.webhook_api.tests.support.fakes import in_database

pytestmark = pytest.mark.django_db


@pytest.fixture
def details() -> list[str]:
    """A page of each kind."""
    message = MessageRowFactory.create()
    event = NewMessageFactory.build()
    in_database().unapplied_events.record(event, status=UnappliedStatus.HELD, reason='WHY')
    kept = models.UnappliedEvent.objects.get()
    return [transcript_of(message.conversation_id), f'{MESSAGES}{message.id}/change/', f'{EVENTS}{kept.id}/change/']


def test_strangers_are_asked_to_log_in(client: Client, details: list[str]) -> None:
    for url in [*LISTS, *details, erasure_of(models.Conversation.objects.get().id)]:
        assert client.get(url).headers['Location'].startswith('/admin/login/')


def test_who_is_not_staff_is_asked_to_log_in(client: Client) -> None:
    client.force_login(User.objects.create_user('guest'))

    assert client.get(CONVERSATIONS).status_code == 302


def test_staff_see_what_they_have_permission_for(details: list[str]) -> None:
    client = client_of('curious', 'view_message')

    assert [client.get(url).status_code for url in (*LISTS, *details)] == [403, 200, 403, 403, 200, 403]


def test_readers_see_everything_and_change_nothing(reader: Client, details: list[str]) -> None:
    for url in (*LISTS, *details):
        page = reader.get(url)
        assert page.status_code == 200
        assert b'name="_save"' not in page.content
        assert b'name="action"' not in page.content
    assert b'/delete/' not in reader.get(details[0]).content
    assert reader.get(erasure_of(models.Conversation.objects.get().id)).status_code == 403


def test_not_even_a_superuser_makes_or_changes_anything(operator: Client, details: list[str]) -> None:
    before = list(models.Message.objects.values()), list(models.Conversation.objects.values())

    assert [operator.get(f'{url}add/').status_code for url in LISTS] == [403] * 3
    assert [operator.post(f'{url}add/', {}).status_code for url in LISTS] == [403] * 3
    assert [operator.post(url, {'content': 'forged', 'status': 'CLOSED'}).status_code for url in details] == [403] * 3

    assert before == (list(models.Message.objects.values()), list(models.Conversation.objects.values()))


def test_a_message_goes_with_its_conversation_never_alone(operator: Client, details: list[str]) -> None:
    for url in details[1:]:
        assert operator.post(url.replace('change', 'delete'), {'post': 'yes'}).status_code == 403

    assert models.Message.objects.count() == 1
