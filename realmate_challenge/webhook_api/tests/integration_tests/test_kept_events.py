"""Events that do not apply and what is kept of them, through the API."""

from io import StringIO
from typing import Any, Final
from uuid import UUID

import orjson
import pytest
from django.core.management import call_command
from pytest_django import Settings

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedFilter, UnappliedStatus
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.integration_tests.conftest import ReadConversation
from realmate_challenge.webhook_api.tests.support.envelope import error_of
from realmate_challenge.webhook_api.tests.support.fakes import in_database
from realmate_challenge.webhook_api.tests.support.payloads import (
    CLOSE_CONVERSATION,
    CONVERSATION_ID,
    MESSAGE_RECEIVED,
    MESSAGE_SENT,
    NEW_CONVERSATION,
    changed,
    without,
)

pytestmark = pytest.mark.django_db

MESSAGE_ID: Final = MESSAGE_RECEIVED['data']['id']


def kept() -> models.UnappliedEvent:
    return models.UnappliedEvent.objects.get()


# The first message of the brief as JSON, with parts spelled in another way.
BODY: Final = """{ %(extra)s "type": %(type)s, "timestamp": %(timestamp)s, "data": {
    "id": %(id)s, "direction": "RECEIVED", "content": %(content)s, "conversation_id": %(conversation_id)s
} }"""
SPELLED: Final = {
    'type': '"NEW_MESSAGE"',
    'timestamp': '"2025-02-21T10:20:42.349308"',
    'id': f'"{MESSAGE_ID}"',
    'content': '"Olá, tudo bem?"',
    'conversation_id': f'"{CONVERSATION_ID}"',
    'extra': '',
}
SPELLINGS: Final[dict[str, dict[str, str]]] = {
    'another offset': {'timestamp': '"2025-02-21T07:20:42.349308-03:00"'},
    'explicit UTC': {'timestamp': '"2025-02-21T10:20:42.349308Z"'},
    'upper case': {'id': f'"{MESSAGE_ID.upper()}"', 'conversation_id': f'"{CONVERSATION_ID.upper()}"'},
    'no hyphens': {'id': f'"{MESSAGE_ID.replace("-", "")}"'},
    'escapes': {'content': r'"\u004fl\u00e1, tudo bem\u003f"', 'type': r'"NEW\u005fMESSAGE"'},
    'unknown keys': {'extra': r'"a": [1e400, null, "\ud800", "\u0000", 10000000000000000000000001],'},
    'a key twice': {'extra': '"type": "nonsense",'},
    'white space': {'extra': '\r\n\t  '},
}


@pytest.mark.parametrize('spelling', SPELLINGS.values(), ids=list(SPELLINGS))
def test_spellings_of_an_event_are_one_row_with_the_known_fields(
    post_event: PostEvent, spelling: dict[str, str]
) -> None:
    for body in (BODY % {**SPELLED, **spelling}, BODY % SPELLED):
        assert post_event(body.encode()).status_code == 404

    assert orjson.loads(kept().payload) == {
        **MESSAGE_RECEIVED,
        'timestamp': f'{MESSAGE_RECEIVED["timestamp"]}Z',
    }
    assert kept().deliveries == 2
    assert post_event(NEW_CONVERSATION).status_code == 204
    assert models.Message.objects.get().content == 'Olá, tudo bem?'


def test_life_of_a_held_event(post_event: PostEvent) -> None:
    assert error_of(post_event(MESSAGE_RECEIVED)) == (404, 'CONVERSATION_NOT_FOUND')
    held = kept()
    assert (held.type, str(held.conversation_id)) == ('NEW_MESSAGE', CONVERSATION_ID)
    assert (held.status, held.reason) == (UnappliedStatus.HELD, 'CONVERSATION_NOT_FOUND')

    post_event(NEW_CONVERSATION)
    applied = models.UnappliedEvent.objects.values().get()
    assert (applied['status'], applied['deliveries'], applied['payload']) == (UnappliedStatus.APPLIED, 1, '')
    assert applied['applied_at'] is not None

    # Redeliveries before and after the close do not change its row.
    for event in (MESSAGE_RECEIVED, NEW_CONVERSATION, CLOSE_CONVERSATION, MESSAGE_RECEIVED, NEW_CONVERSATION):
        assert post_event(event).status_code == 204
    assert models.UnappliedEvent.objects.values().get() == applied
    assert models.Message.objects.count() == 1

    # The conversation is deleted by hand: the next delivery is held with its contents.
    models.Conversation.objects.all().delete()
    post_event(MESSAGE_RECEIVED)
    assert (kept().status, kept().payload, kept().applied_at) == (UnappliedStatus.HELD, held.payload, None)


def test_held_event_that_is_refused_at_its_release_stays_refused(post_event: PostEvent) -> None:
    late = changed(MESSAGE_RECEIVED, 'timestamp', '2026-01-01T00:00:00')
    for event in (late, CLOSE_CONVERSATION, NEW_CONVERSATION):
        post_event(event)

    for deliveries in (1, 2):
        row = models.UnappliedEvent.objects.get(type='NEW_MESSAGE')
        assert (row.status, row.reason) == (UnappliedStatus.REFUSED, 'CONVERSATION_CLOSED')
        assert row.deliveries == deliveries
        assert error_of(post_event(late)) == (400, 'CONVERSATION_CLOSED')


def test_dismissed_event_has_no_contents_and_is_applied_when_it_applies(post_event: PostEvent) -> None:
    post_event(MESSAGE_RECEIVED)
    in_database().unapplied_events.dismiss(UnappliedFilter())
    models.UnappliedEvent.objects.update(reason='EARLIER')

    assert error_of(post_event(MESSAGE_RECEIVED)) == (404, 'CONVERSATION_NOT_FOUND')
    row = kept()
    assert (row.status, row.reason, row.payload, row.deliveries) == (UnappliedStatus.DISMISSED, 'EARLIER', '', 2)
    post_event(NEW_CONVERSATION)
    assert not models.Message.objects.exists()
    assert post_event(MESSAGE_RECEIVED).status_code == 204
    assert models.Message.objects.exists()


@pytest.mark.parametrize(
    ('event', 'code'),
    [
        (changed(NEW_CONVERSATION, 'timestamp', '2020-01-01T00:00:00'), 'CONVERSATION_ALREADY_EXISTS'),
        (changed(MESSAGE_RECEIVED, 'data.content', 'other'), 'MESSAGE_ALREADY_EXISTS'),
        (changed(CLOSE_CONVERSATION, 'timestamp', '2026-01-01T00:00:00'), 'CONVERSATION_CLOSED'),
        (changed(MESSAGE_RECEIVED, 'data.id', CONVERSATION_ID), 'CONVERSATION_CLOSED'),
    ],
)
def test_refused_event_is_kept_with_its_reason(post_event: PostEvent, event: dict[str, Any], code: str) -> None:
    for earlier in (NEW_CONVERSATION, MESSAGE_RECEIVED, CLOSE_CONVERSATION):
        assert post_event(earlier).status_code == 204

    for deliveries in (1, 2):
        assert error_of(post_event(event)) == (400, code)
        assert (kept().status, kept().reason, kept().deliveries) == (UnappliedStatus.REFUSED, code, deliveries)


def test_refused_event_that_is_accepted_later_is_stored(post_event: PostEvent, settings: Settings) -> None:
    for event in (NEW_CONVERSATION, CLOSE_CONVERSATION, MESSAGE_RECEIVED):
        post_event(event)
    settings.WEBHOOK_ACCEPT_LATE_MESSAGES = True

    assert post_event(MESSAGE_RECEIVED).status_code == 204
    assert models.Message.objects.count() == 1


def test_unreadable_event_stays_held_until_it_is_dismissed_and_does_not_stop_others(post_event: PostEvent) -> None:
    """An earlier version with other rules may have stored it."""
    post_event(MESSAGE_RECEIVED)
    models.UnappliedEvent.objects.update(payload=orjson.dumps(without(MESSAGE_RECEIVED, 'timestamp')).decode())
    post_event(MESSAGE_SENT)

    assert post_event(NEW_CONVERSATION).status_code == 204

    assert str(models.Message.objects.get().id) == MESSAGE_SENT['data']['id']
    unreadable = models.UnappliedEvent.objects.get(status=UnappliedStatus.HELD)
    assert (unreadable.payload[0], unreadable.errors) == ('{', 'timestamp: This field is required.')
    out = StringIO()
    call_command('replay_events', stdout=out)
    assert out.getvalue().endswith('1 events retried.\n1 unreadable: timestamp: This field is required.\n')
    assert in_database().unapplied_events.dismiss(UnappliedFilter()) == 1
    unreadable.refresh_from_db()
    assert (unreadable.status, unreadable.payload) == (UnappliedStatus.DISMISSED, '')


def test_messages_of_one_instant_are_in_the_order_of_arrival_also_if_they_were_held(
    post_event: PostEvent, read_conversation: ReadConversation
) -> None:
    ids = [str(UUID(int=number)) for number in range(4, 0, -1)]
    first, second, third, fourth = (changed(MESSAGE_RECEIVED, 'data.id', message_id) for message_id in ids)
    for event in (first, second, NEW_CONVERSATION, third, fourth):
        post_event(event)

    assert [message['id'] for message in read_conversation()['messages']] == ids
    assert [message['id'] for message in read_conversation(ordering='-timestamp')['messages']] == ids[::-1]
