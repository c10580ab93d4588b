"""Unapplied events in the admin: list, apply and dismiss them."""

import json
from typing import Never
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from realmate_challenge.webhook_api import composition, models
from realmate_challenge.webhook_api.admin import unapplied_events
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.integration_tests.admin.conftest import client_of
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import EVENTS, transcript_of
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT, OPENED_AT, ConversationRowFactory
from realmate_challenge.webhook_api.tests.support.payloads import CLOSE_CONVERSATION, MESSAGE_RECEIVED, changed

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(post_event: PostEvent) -> models.UnappliedEvent:
    """A held message that was delivered twice."""
    for _ in range(2):
        assert post_event(MESSAGE_RECEIVED).status_code == 404
    return models.UnappliedEvent.objects.get()


def act(client: Client, action: str, *events: models.UnappliedEvent) -> str:
    """Return the message that the page shows after an action on some rows."""
    selected = {'action': action, '_selected_action': [event.pk for event in events]}
    page = client.post(EVENTS, selected, follow=True)
    return ' '.join(str(message) for message in page.context['messages'])


def status_of(event: models.UnappliedEvent) -> str:
    event.refresh_from_db()
    return event.status


def test_list_shows_reason_and_deliveries_and_links_to_an_existing_conversation(
    reader: Client, held: models.UnappliedEvent, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    link = transcript_of(held.conversation_id)
    page = reader.get(EVENTS).content.decode()
    assert '<td class="field-reason">CONVERSATION_NOT_FOUND</td>' in page
    assert '<td class="field-deliveries">2</td>' in page
    assert link not in page

    models.UnappliedEvent.objects.update(status='refused')

    with django_assert_max_num_queries(10):  # two of them renew the session
        assert link in reader.get(EVENTS).content.decode()


@pytest.mark.parametrize(
    ('query', 'found'),
    [
        ({'status__exact': 'held'}, 1),
        ({'status__exact': 'refused'}, 0),
        ({'type__exact': 'NEW_MESSAGE'}, 1),
        ({'reason': 'CONVERSATION_NOT_FOUND'}, 1),
        ({'reason': 'CONVERSATION_CLOSED'}, 0),
        ({'q': MESSAGE_RECEIVED['data']['conversation_id'][:8]}, 1),
        ({'q': 'x'}, 0),
    ],
)
def test_filters_and_search(reader: Client, held: models.UnappliedEvent, query: dict[str, str], found: int) -> None:
    assert len(reader.get(EVENTS, query).context['cl'].result_list) == found


def test_payload_is_escaped_and_has_the_known_fields_only(reader: Client, post_event: PostEvent) -> None:
    body = json.dumps(changed(MESSAGE_RECEIVED, 'data.content', '<script>alert(1)</script>' + 'x' * 65_000))[:-1]
    body += f', "extra": {"[" * 1000 + "1," * 40_000 + "1" + "]" * 1000}}}'
    assert post_event(body.encode()).status_code == 404

    page = reader.get(f'{EVENTS}{models.UnappliedEvent.objects.get().pk}/change/').content.decode()

    assert '&quot;content&quot;:&quot;&lt;script&gt;alert(1)&lt;/script&gt;x' in page
    assert len(page) < 100_000


def test_apply_now_needs_a_permission_and_applies(held: models.UnappliedEvent) -> None:
    ConversationRowFactory.create(id=held.conversation_id)

    act(client_of('reader', 'view_unappliedevent'), 'apply_now', held)
    assert status_of(held) == 'held'

    client = client_of('operator', 'view_unappliedevent', 'change_unappliedevent')
    assert act(client, 'apply_now', held) == 'Events: 1 applied'
    assert status_of(held) == 'applied'
    assert models.Message.objects.get().content == MESSAGE_RECEIVED['data']['content']


def test_apply_now_counts_the_events_that_did_not_apply(
    operator: Client, held: models.UnappliedEvent, post_event: PostEvent
) -> None:
    closed = ConversationRowFactory.create(closed=True)
    close = changed(changed(CLOSE_CONVERSATION, 'data.id', str(closed.id)), 'timestamp', OPENED_AT.isoformat())
    assert post_event(close).status_code == 400

    text = act(operator, 'apply_now', *models.UnappliedEvent.objects.all())

    assert set(text.removeprefix('Events: ').split(', ')) == {'1 still held', '1 still refused'}
    assert models.Conversation.objects.get().closed_at == CLOSED_AT


def test_apply_now_follows_the_setting_for_late_messages(
    operator: Client, held: models.UnappliedEvent, settings: Settings
) -> None:
    ConversationRowFactory.create(id=held.conversation_id, closed=True)
    assert act(operator, 'apply_now', held) == 'Events: 1 still refused'

    settings.WEBHOOK_ACCEPT_LATE_MESSAGES = True

    assert act(operator, 'apply_now', held) == 'Events: 1 applied'


def test_dismiss_settles_only_the_selected_events(
    operator: Client, held: models.UnappliedEvent, post_event: PostEvent
) -> None:
    post_event(changed(MESSAGE_RECEIVED, 'data.id', str(uuid4())))
    other = models.UnappliedEvent.objects.exclude(pk=held.pk).get()

    assert act(operator, 'dismiss', held) == 'Events: 1 dismissed'

    assert (status_of(held), status_of(other)) == ('dismissed', 'held')
    ConversationRowFactory.create(id=held.conversation_id)
    assert act(operator, 'apply_now', held) == 'None of the selected events is held or refused.'
    assert (status_of(held), status_of(other)) == ('dismissed', 'held')
    assert not models.Message.objects.exists()


def test_too_many_events_at_once_are_refused(
    operator: Client, held: models.UnappliedEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unapplied_events, 'MAX_SELECTED', 0)

    assert 'replay_events' in act(operator, 'apply_now', held)
    assert status_of(held) == 'held'


def test_overloaded_database_is_reported_on_the_page(
    operator: Client, held: models.UnappliedEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_locked(*_: object) -> Never:
        raise OperationalError

    monkeypatch.setattr(composition, 'unapplied_events', lambda: Mock(dismiss=raise_locked))

    assert 'did not respond in time' in act(operator, 'dismiss', held)
    assert status_of(held) == 'held'
