"""Events that did not apply: seen, applied after all, or dismissed."""

import json
from typing import Any
from unittest.mock import Mock
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from realmate_challenge.webhook_api import composition, models
from realmate_challenge.webhook_api.admin import unapplied_events
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.integration_tests.admin.conftest import client_of
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import EVENTS
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT, OPENED_AT, ConversationRowFactory
from realmate_challenge.webhook_api.tests.support.payloads import CLOSE_CONVERSATION, MESSAGE_RECEIVED, changed

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(post_event: PostEvent) -> models.UnappliedEvent:
    """A message whose conversation has not come, delivered twice."""
    for _ in range(2):
        assert post_event(MESSAGE_RECEIVED).status_code == 404
    return models.UnappliedEvent.objects.get()


def act(client: Client, action: str, *events: models.UnappliedEvent) -> str:
    """What the page says after an action on some rows."""
    chosen = {'action': action, '_selected_action': [event.pk for event in events]}
    page = client.post(EVENTS, chosen, follow=True)
    return ' '.join(str(message) for message in page.context['messages'])


def open_conversation_of(event: models.UnappliedEvent) -> models.Conversation:
    """Unnoticed: not by an event, which would apply what is held."""
    return ConversationRowFactory.create(id=event.conversation_id)


def status_of(event: models.UnappliedEvent) -> str:
    event.refresh_from_db()
    return event.status


def test_the_list_tells_reason_and_deliveries(reader: Client, held: models.UnappliedEvent) -> None:
    page = reader.get(EVENTS).content.decode()

    assert '<td class="field-reason">CONVERSATION_NOT_FOUND</td>' in page
    assert '<td class="field-deliveries">2</td>' in page


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


def test_the_payload_is_shown_as_it_is_kept_and_escaped(reader: Client, post_event: PostEvent) -> None:
    post_event(changed(MESSAGE_RECEIVED, 'data.content', '<script>alert(1)</script>'))
    event = models.UnappliedEvent.objects.get()

    page = reader.get(f'{EVENTS}{event.pk}/change/').content.decode()

    assert '&quot;content&quot;:&quot;&lt;script&gt;alert(1)&lt;/script&gt;&quot;' in page


def test_the_page_of_a_large_and_deep_event_stays_small(reader: Client, post_event: PostEvent) -> None:
    body = json.dumps(changed(MESSAGE_RECEIVED, 'data.content', 'x' * 65_536))[:-1]
    body += f', "extra": {"[" * 1000 + "1," * 40_000 + "1" + "]" * 1000}}}'
    assert post_event(body.encode()).status_code == 404
    event = models.UnappliedEvent.objects.get()

    assert len(reader.get(f'{EVENTS}{event.pk}/change/').content) < 100_000


def test_apply_now(operator: Client, held: models.UnappliedEvent) -> None:
    open_conversation_of(held)

    told = act(operator, 'apply_now', held)

    assert told == '1 event: 1 applied'
    assert status_of(held) == 'applied'
    assert models.Message.objects.get().content == MESSAGE_RECEIVED['data']['content']


def test_apply_now_says_what_did_not_apply(
    operator: Client, held: models.UnappliedEvent, post_event: PostEvent
) -> None:
    closed = ConversationRowFactory.create(closed=True)
    close = changed(changed(CLOSE_CONVERSATION, 'data.id', str(closed.id)), 'timestamp', OPENED_AT.isoformat())
    assert post_event(close).status_code == 400

    told = act(operator, 'apply_now', *models.UnappliedEvent.objects.all())

    assert told.startswith('2 events: ')
    assert {'1 still held', '1 still refused'} <= set(told.removeprefix('2 events: ').split(', '))
    assert models.Conversation.objects.get().closed_at == CLOSED_AT


def test_late_messages_are_taken_as_the_setting_says(
    operator: Client, held: models.UnappliedEvent, settings: Settings
) -> None:
    ConversationRowFactory.create(id=held.conversation_id, closed=True)
    assert act(operator, 'apply_now', held) == '1 event: 1 still refused'

    settings.WEBHOOK_ACCEPT_LATE_MESSAGES = True

    assert act(operator, 'apply_now', held) == '1 event: 1 applied'


def test_dismiss(operator: Client, held: models.UnappliedEvent) -> None:
    assert act(operator, 'dismiss', held) == '1 event: 1 dismissed'

    open_conversation_of(held)
    assert status_of(held) == 'dismissed'
    assert act(operator, 'apply_now', held) == 'None of these is held or refused.'
    assert not models.Message.objects.exists()


def test_only_what_was_chosen(operator: Client, held: models.UnappliedEvent, post_event: PostEvent) -> None:
    post_event(changed(MESSAGE_RECEIVED, 'data.id', str(uuid4())))
    other = models.UnappliedEvent.objects.exclude(pk=held.pk).get()

    act(operator, 'dismiss', held)

    assert (status_of(held), status_of(other)) == ('dismissed', 'held')


def test_settling_takes_a_permission(held: models.UnappliedEvent) -> None:
    looking = client_of('looking', 'view_unappliedevent')
    settling = client_of('settling', 'view_unappliedevent', 'change_unappliedevent')
    open_conversation_of(held)

    act(looking, 'apply_now', held)
    assert status_of(held) == 'held'

    act(settling, 'apply_now', held)
    assert status_of(held) == 'applied'


def test_too_many_at_once_are_left_to_the_command(
    operator: Client, held: models.UnappliedEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unapplied_events, 'MAX_SELECTED', 0)

    assert 'replay_events' in act(operator, 'apply_now', held)
    assert status_of(held) == 'held'


def test_a_database_that_cannot_keep_up_is_told(
    operator: Client, held: models.UnappliedEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> Any:  # noqa: ANN401 - it never returns
        message = 'locked'
        raise OperationalError(message)

    monkeypatch.setattr(composition, 'unapplied_events', lambda: Mock(dismiss=locked))

    assert 'could not keep up' in act(operator, 'dismiss', held)
    assert status_of(held) == 'held'


def test_a_conversation_that_exists_is_linked_to(
    reader: Client, held: models.UnappliedEvent, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    link = f'/admin/webhook_api/conversation/{UUID(MESSAGE_RECEIVED["data"]["conversation_id"])}/change/'
    assert link not in reader.get(EVENTS).content.decode()

    models.UnappliedEvent.objects.update(status='refused')

    with django_assert_max_num_queries(10):  # two renew the session
        assert link in reader.get(EVENTS).content.decode()
