"""Unapplied events in the admin: list, apply and dismiss them."""

import json
from unittest.mock import Mock
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.admin import unapplied_events
from realmate_challenge.webhook_api.models import Message, UnappliedEvent
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.integration_tests.admin.conftest import client_of, count_statements
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import EVENTS, transcript_of
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT, ConversationRowFactory
from realmate_challenge.webhook_api.tests.support.payloads import (
    CONVERSATION_ID,
    MESSAGE_RECEIVED,
    NEW_CONVERSATION,
    changed,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(post_event: PostEvent) -> UnappliedEvent:
    """A held message that was delivered twice."""
    for _ in range(2):
        assert post_event(MESSAGE_RECEIVED).status_code == 404
    return UnappliedEvent.objects.get()


def act(client: Client, action: str, *events: UnappliedEvent) -> str:
    """Return the message that the page shows after an action on some rows."""
    selected = {'action': action, '_selected_action': [event.pk for event in events]}
    page = client.post(EVENTS, selected, follow=True)
    return ' '.join(str(message) for message in page.context['messages'])


def status_of(event: UnappliedEvent) -> str:
    event.refresh_from_db()
    return event.status


def test_list_shows_reason_and_deliveries_and_links_to_the_conversation(reader: Client, held: UnappliedEvent) -> None:
    page = reader.get(EVENTS).content.decode()
    for part in ('<td class="field-reason">CONVERSATION_NOT_FOUND</td>', '<td class="field-deliveries">2</td>'):
        assert part in page
    transcript = transcript_of(UUID(CONVERSATION_ID))
    assert transcript not in page

    UnappliedEvent.objects.update(status='refused')
    assert transcript in reader.get(EVENTS).content.decode()
    assert count_statements(reader, EVENTS) <= 10


@pytest.mark.parametrize(
    'query', ['status__exact=held', 'type__exact=NEW_MESSAGE', 'reason=CONVERSATION_NOT_FOUND', 'q=6a41b']
)
def test_filters_and_search(reader: Client, held: UnappliedEvent, post_event: PostEvent, query: str) -> None:
    existing = ConversationRowFactory.create(opened_at=CLOSED_AT)
    assert post_event(changed(NEW_CONVERSATION, 'data.id', str(existing.id))).status_code == 400

    (found,) = reader.get(f'{EVENTS}?{query}').context['cl'].result_list
    assert (found, found.get_deferred_fields()) == (held, {'payload'})


def test_payload_is_escaped_and_has_the_known_fields_only(reader: Client, post_event: PostEvent) -> None:
    body = json.dumps(changed(MESSAGE_RECEIVED, 'data.content', '<script>alert(1)</script>' + 'x' * 65_000))[:-1]
    body += f', "extra": {"[" * 1000 + "1," * 40_000 + "1" + "]" * 1000}}}'
    assert post_event(body.encode()).status_code == 404

    page = reader.get(f'{EVENTS}{UnappliedEvent.objects.get().pk}/change/').content.decode()

    assert '&quot;content&quot;:&quot;&lt;script&gt;alert(1)&lt;/script&gt;x' in page
    assert len(page) < 100_000


def test_apply_now_needs_a_permission_and_applies(held: UnappliedEvent) -> None:
    ConversationRowFactory.create(id=held.conversation_id)

    act(client_of('reader', 'view_unappliedevent'), 'apply_now', held)
    assert status_of(held) == 'held'

    client = client_of('operator', 'view_unappliedevent', 'change_unappliedevent')
    assert act(client, 'apply_now', held) == 'Events: 1 applied'
    assert status_of(held) == 'applied'
    assert Message.objects.get().content == MESSAGE_RECEIVED['data']['content']


def test_apply_now_counts_results_and_follows_the_setting_for_late_messages(
    operator: Client, held: UnappliedEvent, post_event: PostEvent, settings: Settings
) -> None:
    closed = ConversationRowFactory.create(closed=True)
    late = changed(changed(MESSAGE_RECEIVED, 'data.id', str(uuid4())), 'data.conversation_id', str(closed.id))
    assert post_event(late).status_code == 400

    for accept_late, result in ((False, '1 still refused'), (True, '1 applied')):
        settings.WEBHOOK_ACCEPT_LATE_MESSAGES = accept_late
        text = act(operator, 'apply_now', *UnappliedEvent.objects.all())
        assert set(text.removeprefix('Events: ').split(', ')) == {'1 still held', result}


def test_dismiss_settles_selected_events_only(operator: Client, held: UnappliedEvent, post_event: PostEvent) -> None:
    post_event(changed(MESSAGE_RECEIVED, 'data.id', str(uuid4())))
    other = UnappliedEvent.objects.exclude(pk=held.pk).get()

    assert act(operator, 'dismiss', held) == 'Events: 1 dismissed'

    assert (status_of(held), status_of(other)) == ('dismissed', 'held')
    ConversationRowFactory.create(id=held.conversation_id)
    assert act(operator, 'apply_now', held) == 'None of the selected events is held, refused or invalid.'
    assert (status_of(held), status_of(other)) == ('dismissed', 'held')
    assert not Message.objects.exists()


def test_failures_are_reported(operator: Client, held: UnappliedEvent, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(composition, 'unapplied_events', lambda: Mock(**{'dismiss.side_effect': OperationalError}))
        form = {'action': 'dismiss', '_selected_action': [held.pk]}
        assert operator.post('/admin/webhook_api/unappliedevent/', form).status_code == 503

    monkeypatch.setattr(unapplied_events, 'MAX_SELECTED', 0)
    assert 'Select at most 0 events' in act(operator, 'apply_now', held)
    assert status_of(held) == 'held'
