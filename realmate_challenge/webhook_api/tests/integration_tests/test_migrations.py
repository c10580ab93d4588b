"""Migrations on rows that earlier versions wrote."""

import json
from importlib import import_module
from typing import Final

import pytest
from django.apps import apps

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus
from realmate_challenge.webhook_api.serializers.events import decode_event
from realmate_challenge.webhook_api.tests.support.factories import NewMessageFactory
from realmate_challenge.webhook_api.tests.support.fakes import in_database
from realmate_challenge.webhook_api.tests.support.payloads import CLOSE_CONVERSATION, MESSAGE_RECEIVED, NEW_CONVERSATION

pytestmark = pytest.mark.django_db

HELD, REFUSED, APPLIED, DISMISSED = UnappliedStatus
migration: Final = import_module('realmate_challenge.webhook_api.migrations.0004_keep_known_fields_only')


@pytest.mark.parametrize(
    'extra', ['"x"', r'"\ud800"', '1e400', '[' * 1000 + ']' * 1000], ids=['text', 'surrogate', 'huge', 'deep']
)
@pytest.mark.parametrize('event', [NEW_CONVERSATION, MESSAGE_RECEIVED, CLOSE_CONVERSATION])
def test_an_old_payload_keeps_its_known_fields_only(event: dict[str, object], extra: str) -> None:
    body = json.dumps(event, ensure_ascii=False)[:-2] + f', "secret": {extra}}}, "secret": {extra}}}'

    reduced = migration.known_fields(body)

    assert json.loads(reduced) == event
    assert decode_event(reduced) == decode_event(json.dumps(event))


def test_an_unknown_content_of_an_opening_is_dropped() -> None:
    assert 'x' not in migration.known_fields('{"type": "NEW_CONVERSATION", "data": {"id": "1", "content": "x"}}')


def test_settled_events_are_blanked_and_the_others_reduced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, 'BATCH_SIZE', 2)
    for status in (HELD, REFUSED, APPLIED, DISMISSED, HELD):
        in_database().unapplied_events.record(NewMessageFactory.build(), status=status, reason='WHY')
    before = list(in_database().unapplied_events.held_for(models.UnappliedEvent.objects.earliest('id').conversation_id))
    for row in models.UnappliedEvent.objects.all():
        row.payload = row.payload[:-1] + ', "secret": 1}'
        row.save()

    migration.reduce_payloads(apps, None)

    payloads = models.UnappliedEvent.objects.order_by('id').values_list('payload', flat=True)
    assert [bool(payload) for payload in payloads] == [True, True, False, False, True]
    assert not any('secret' in payload for payload in payloads)
    assert list(in_database().unapplied_events.held_for(before[0].event.conversation_id)) == before
