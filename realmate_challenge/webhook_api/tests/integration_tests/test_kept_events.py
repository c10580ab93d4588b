"""What is kept of events that do not apply, as the API's callers bring it about."""

from typing import Any, Final

import orjson
import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedFilter, UnappliedStatus
from realmate_challenge.webhook_api.tests.conftest import PostEvent
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

HELD, REFUSED, APPLIED, DISMISSED = UnappliedStatus
MESSAGE_ID: Final = MESSAGE_RECEIVED['data']['id']


def kept() -> models.UnappliedEvent:
    return models.UnappliedEvent.objects.get()


def spelled(**replaced: str) -> bytes:
    """The first message of the brief, with parts of its JSON replaced as they are written."""
    parts = {
        'type': '"NEW_MESSAGE"',
        'timestamp': '"2025-02-21T10:20:42.349308"',
        'id': f'"{MESSAGE_ID}"',
        'content': '"Olá, tudo bem?"',
        'conversation_id': f'"{CONVERSATION_ID}"',
        'extra': '',
        **replaced,
    }
    return (
        (
            '{{ {extra} "type": {type}, "timestamp": {timestamp}, "data": {{"id": {id}, "direction": "RECEIVED", '
            '"content": {content}, "conversation_id": {conversation_id}}} }}'
        )
        .format(**parts)
        .encode()
    )


SPELLINGS: Final[dict[str, dict[str, str]]] = {
    'as it was': {},
    'another offset': {'timestamp': '"2025-02-21T07:20:42.349308-03:00"'},
    'UTC, said': {'timestamp': '"2025-02-21T10:20:42.349308Z"'},
    'upper case': {'id': f'"{MESSAGE_ID.upper()}"', 'conversation_id': f'"{CONVERSATION_ID.upper()}"'},
    'no hyphens': {'id': f'"{MESSAGE_ID.replace("-", "")}"'},
    'escapes': {'content': r'"\u004fl\u00e1, tudo bem\u003f"', 'type': r'"NEW\u005fMESSAGE"'},
    'unknown keys': {'extra': r'"a": [1e400, null, "\ud800", "\u0000", 10000000000000000000000001],'},
    'a key twice': {'extra': '"type": "nonsense",'},
    'white space': {'extra': '\r\n\t  '},
}


@pytest.mark.parametrize('spelling', SPELLINGS.values(), ids=list(SPELLINGS))
def test_other_spellings_of_an_event_are_that_event(post_event: PostEvent, spelling: dict[str, str]) -> None:
    """One row, which counts, with the known fields."""
    assert post_event(spelled(**spelling)).status_code == 404
    assert post_event(spelled()).status_code == 404
    assert post_event(MESSAGE_RECEIVED).status_code == 404

    row = kept()
    assert orjson.loads(row.payload) == {**MESSAGE_RECEIVED, 'timestamp': f'{MESSAGE_RECEIVED["timestamp"]}Z'}
    assert (row.status, row.reason, row.deliveries) == (HELD, 'CONVERSATION_NOT_FOUND', 3)
    assert (row.type, str(row.conversation_id)) == ('NEW_MESSAGE', CONVERSATION_ID)
    assert row.first_received_at < row.last_received_at
    assert row.applied_at is None

    assert post_event(NEW_CONVERSATION).status_code == 204
    assert models.Message.objects.get().content == 'Olá, tudo bem?'
    assert kept().status == APPLIED


def test_unknown_keys_are_not_kept(post_event: PostEvent) -> None:
    post_event({**changed(MESSAGE_RECEIVED, 'data.secret', 'inner'), 'secret': 'outer'})
    post_event({**changed(CLOSE_CONVERSATION, 'data.content', 'inner'), 'secret': 'outer'})

    for row in models.UnappliedEvent.objects.all():
        assert 'inner' not in row.payload
        assert 'outer' not in row.payload


def test_a_dismissed_event_stays_so_without_contents_and_is_applied_when_it_applies(post_event: PostEvent) -> None:
    post_event(MESSAGE_RECEIVED)
    in_database().unapplied_events.dismiss(UnappliedFilter())

    assert error_of(post_event(MESSAGE_RECEIVED)) == (404, 'CONVERSATION_NOT_FOUND')
    assert (kept().status, kept().payload, kept().deliveries) == (DISMISSED, '', 2)

    post_event(NEW_CONVERSATION)
    assert not models.Message.objects.exists()
    assert post_event(MESSAGE_RECEIVED).status_code == 204
    assert models.Message.objects.exists()


def test_an_applied_event_that_is_refused_later_has_its_contents_again(post_event: PostEvent) -> None:
    """The conversation was deleted by hand meanwhile."""
    post_event(MESSAGE_RECEIVED)
    payload = kept().payload
    post_event(NEW_CONVERSATION)
    models.Conversation.objects.all().delete()

    post_event(MESSAGE_RECEIVED)

    assert (kept().status, kept().payload, kept().applied_at) == (HELD, payload, None)


@pytest.mark.parametrize(
    ('path', 'value'),
    [
        ('timestamp', '2025-02-21T10:20:42.349309'),
        ('data.id', MESSAGE_SENT['data']['id']),
        ('data.direction', 'SENT'),
        ('data.content', 'Olá, tudo bem? '),
        ('data.conversation_id', MESSAGE_SENT['data']['id']),
    ],
)
def test_any_difference_makes_another_event(post_event: PostEvent, path: str, value: str) -> None:
    post_event(MESSAGE_RECEIVED)
    post_event(changed(MESSAGE_RECEIVED, path, value))

    assert models.UnappliedEvent.objects.count() == 2


def test_the_life_of_a_held_event(post_event: PostEvent) -> None:
    assert error_of(post_event(MESSAGE_RECEIVED)) == (404, 'CONVERSATION_NOT_FOUND')
    assert kept().status == HELD

    post_event(NEW_CONVERSATION)
    applied = kept()
    assert (applied.status, applied.deliveries, applied.payload) == (APPLIED, 1, '')
    assert applied.applied_at is not None

    # Redelivered, before and after the close: it is there, and its row stays as it is.
    for event in (MESSAGE_RECEIVED, NEW_CONVERSATION, CLOSE_CONVERSATION, MESSAGE_RECEIVED, NEW_CONVERSATION):
        assert post_event(event).status_code == 204
    assert models.UnappliedEvent.objects.values().get() == {
        column.attname: getattr(applied, column.attname)
        for column in models.UnappliedEvent._meta.fields  # noqa: SLF001 - documented API
    }
    assert models.Message.objects.count() == 1


def test_a_held_event_that_the_rules_refuse_in_the_end(post_event: PostEvent) -> None:
    late = changed(MESSAGE_RECEIVED, 'timestamp', '2026-01-01T00:00:00')
    for event in (late, CLOSE_CONVERSATION, NEW_CONVERSATION):
        post_event(event)

    row = models.UnappliedEvent.objects.get(type='NEW_MESSAGE')
    assert (row.status, row.reason, row.deliveries) == (REFUSED, 'CONVERSATION_CLOSED', 1)
    assert error_of(post_event(late)) == (400, 'CONVERSATION_CLOSED')
    row.refresh_from_db()
    assert (row.status, row.deliveries) == (REFUSED, 2)


def test_a_refused_event_that_is_accepted_later_is_not_kept_as_refused_by_a_replay(
    post_event: PostEvent, settings: Settings
) -> None:
    for event in (NEW_CONVERSATION, CLOSE_CONVERSATION):
        post_event(event)
    assert error_of(post_event(MESSAGE_RECEIVED)) == (400, 'CONVERSATION_CLOSED')
    assert (kept().status, kept().reason) == (REFUSED, 'CONVERSATION_CLOSED')

    settings.WEBHOOK_ACCEPT_LATE_MESSAGES = True
    assert post_event(MESSAGE_RECEIVED).status_code == 204
    assert models.Message.objects.count() == 1


@pytest.mark.parametrize(
    ('event', 'code'),
    [
        (changed(NEW_CONVERSATION, 'timestamp', '2020-01-01T00:00:00'), 'CONVERSATION_ALREADY_EXISTS'),
        (changed(MESSAGE_RECEIVED, 'data.content', 'other'), 'MESSAGE_ALREADY_EXISTS'),
        (changed(CLOSE_CONVERSATION, 'timestamp', '2026-01-01T00:00:00'), 'CONVERSATION_CLOSED'),
        (changed(MESSAGE_RECEIVED, 'data.id', CONVERSATION_ID), 'CONVERSATION_CLOSED'),
    ],
)
def test_each_refusal_is_kept_with_its_reason(post_event: PostEvent, event: dict[str, Any], code: str) -> None:
    for earlier in (NEW_CONVERSATION, MESSAGE_RECEIVED, CLOSE_CONVERSATION):
        assert post_event(earlier).status_code == 204

    for deliveries in (1, 2):
        assert error_of(post_event(event)) == (400, code)
        assert (kept().status, kept().reason, kept().deliveries) == (REFUSED, code, deliveries)


@pytest.mark.parametrize(
    'body', [b'', b'{', b'null', orjson.dumps(without(MESSAGE_RECEIVED, 'data.id')), b'{"type": "NEW_MESSAGE"}']
)
def test_what_is_no_event_is_not_kept(post_event: PostEvent, body: bytes) -> None:
    assert post_event(body).status_code == 400
    assert not models.UnappliedEvent.objects.exists()


def test_what_does_not_matter_to_an_event_that_applies(
    post_event: PostEvent, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Others' rows, and its own of earlier deliveries, cost it nothing."""
    for number in range(20):
        post_event(changed(MESSAGE_RECEIVED, 'data.conversation_id', f'00000000-0000-0000-0000-{number:012}'))
    with django_assert_num_queries(2):
        assert post_event(NEW_CONVERSATION).status_code == 204
    with django_assert_num_queries(1):
        assert post_event(MESSAGE_SENT).status_code == 204
    with django_assert_num_queries(1):
        assert post_event(CLOSE_CONVERSATION).status_code == 204


def test_one_that_can_no_longer_be_read_is_not_in_the_way_of_others(post_event: PostEvent) -> None:
    """Kept by a version whose rules were looser. It stays held; the conversation opens all the same."""
    post_event(MESSAGE_RECEIVED)
    models.UnappliedEvent.objects.update(payload=orjson.dumps(without(MESSAGE_RECEIVED, 'timestamp')).decode())
    post_event(MESSAGE_SENT)

    assert post_event(NEW_CONVERSATION).status_code == 204

    assert str(models.Message.objects.get().id) == MESSAGE_SENT['data']['id']
    assert models.UnappliedEvent.objects.get(status=HELD).payload.startswith('{')
