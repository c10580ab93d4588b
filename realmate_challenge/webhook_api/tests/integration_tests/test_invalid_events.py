"""Authentic events that are not valid are kept, so that operators see what the platform has changed."""

from io import StringIO
from typing import Final

import orjson
import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus
from realmate_challenge.webhook_api.repositories import unapplied_events
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import EVENTS
from realmate_challenge.webhook_api.tests.support import signing
from realmate_challenge.webhook_api.tests.support.fakes import in_database
from realmate_challenge.webhook_api.tests.support.payloads import (
    CONVERSATION_ID,
    MESSAGE_RECEIVED,
    NEW_CONVERSATION,
    changed,
    without,
)

pytestmark = pytest.mark.django_db

BODY: Final = orjson.dumps({**without(MESSAGE_RECEIVED, 'data.direction'), 'extra': ['\0']}, option=orjson.OPT_INDENT_2)
ERRORS: Final = 'data.direction: This field is required.'


@pytest.fixture(autouse=True)
def _signatures_are_required(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WEBHOOK_SECRETS = [signing.SECRET]
    monkeypatch.setattr(unapplied_events, 'usage', unapplied_events.Usage())


def post_signed(post_event: PostEvent, body: bytes, expected: int = 400) -> None:
    assert post_event(body, **signing.standard(body)).status_code == expected


def replay() -> str:
    out = StringIO()
    call_command('replay_events', stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ('body', 'event_type', 'errors'),
    [
        (BODY, 'NEW_MESSAGE', ERRORS),
        (b'[1e3]', '', 'event: Invalid data. Expected a dictionary, but got list.'),
        (
            b'{"type": "EDITED", "timestamp": "2025-02-21T10:20:42", "data": {}}',
            'EDITED',
            'type: Must be one of NEW_CONV',
        ),
    ],
)
def test_a_signed_invalid_event_is_kept_as_it_came(
    post_event: PostEvent, body: bytes, event_type: str, errors: str
) -> None:
    for deliveries in (1, 2):
        post_signed(post_event, body)

        row = models.UnappliedEvent.objects.get()
        assert (row.status, row.reason, row.type) == (UnappliedStatus.INVALID, 'VALIDATION_ERROR', event_type)
        assert row.payload.encode() == body
        assert row.errors.startswith(errors)
        assert row.deliveries == deliveries


def test_nothing_else_is_kept(post_event: PostEvent, settings: Settings) -> None:
    for body in (b'', b'{', b'{"type": "NEW", "type'):
        post_signed(post_event, body)
    assert post_event(BODY).status_code == 401
    assert post_event(BODY, **signing.standard(BODY, signing.OTHER_SECRET)).status_code == 401
    settings.WEBHOOK_SECRETS = []
    assert post_event(BODY).status_code == 400

    assert not models.UnappliedEvent.objects.exists()


def test_the_oldest_ones_over_the_limit_are_deleted(post_event: PostEvent, settings: Settings) -> None:
    settings.WEBHOOK_MAX_INVALID_EVENTS = 2
    for number in (1, 2, 1, 3):  # the second delivery of 1 makes it newer than 2
        post_signed(post_event, orjson.dumps({'number': number}))

    rows = models.UnappliedEvent.objects.order_by('last_received_at')
    assert [row.payload for row in rows] == ['{"number":1}', '{"number":3}']


def test_a_store_full_of_held_events_is_a_503(post_event: PostEvent, settings: Settings) -> None:
    """The sender retries, so the event is not lost."""
    settings.WEBHOOK_MAX_UNAPPLIED_EVENTS = 1
    held = orjson.dumps(MESSAGE_RECEIVED)
    post_signed(post_event, held, 404)
    post_signed(post_event, BODY, 503)


@pytest.mark.parametrize('is_opened', [True, False])
def test_replay_applies_or_holds_what_this_version_can_read(post_event: PostEvent, *, is_opened: bool) -> None:
    body = orjson.dumps({**MESSAGE_RECEIVED, 'extra': 1})
    in_database().unapplied_events.record_invalid(body.decode(), event_type='', errors='type: unknown')
    received_at = models.UnappliedEvent.objects.get().first_received_at
    if is_opened:
        post_signed(post_event, orjson.dumps(NEW_CONVERSATION), 204)

    replay()

    row = models.UnappliedEvent.objects.get()
    assert row.status == (UnappliedStatus.APPLIED if is_opened else UnappliedStatus.HELD)
    assert orjson.loads(row.payload or '{}').keys() == (set() if is_opened else {'type', 'timestamp', 'data'})
    if is_opened:
        assert models.Message.objects.get().received_at == received_at


def test_replay_reports_what_is_still_unreadable(post_event: PostEvent) -> None:
    for body in (BODY, b'{}', BODY + b' '):
        post_signed(post_event, body)

    assert replay().splitlines()[-3:] == [
        '3 events retried.',
        f'2 unreadable: {ERRORS}',
        '1 unreadable: type: This field is required. timestamp: This field is required. data: This field is required.',
    ]
    assert models.UnappliedEvent.objects.filter(status=UnappliedStatus.INVALID).count() == 3


def test_erasure_deletes_the_bodies_that_contain_the_id(post_event: PostEvent) -> None:
    for spelled in (CONVERSATION_ID, CONVERSATION_ID.upper(), CONVERSATION_ID.replace('-', '')):
        post_signed(post_event, orjson.dumps(changed(NEW_CONVERSATION, 'data', {'chat': spelled})))
    post_signed(post_event, b'{}')

    call_command('erase_conversation', CONVERSATION_ID, stdout=StringIO())

    assert models.UnappliedEvent.objects.get().payload == '{}'


def test_the_admin_shows_errors_and_body_and_settles(admin_client: Client, post_event: PostEvent) -> None:
    post_signed(post_event, BODY)
    event = models.UnappliedEvent.objects.get()

    (found,) = admin_client.get(f'{EVENTS}?status__exact=invalid').context['cl'].result_list
    page = admin_client.get(f'{EVENTS}{event.pk}/change/').content.decode()
    assert found == event
    assert ERRORS in page
    assert '&quot;extra&quot;' in page
    for action, status in (('apply_now', 'invalid'), ('dismiss', 'dismissed')):
        admin_client.post(EVENTS, {'action': action, '_selected_action': [event.pk]})
        event.refresh_from_db()
        assert event.status == status
    assert event.payload == ''
