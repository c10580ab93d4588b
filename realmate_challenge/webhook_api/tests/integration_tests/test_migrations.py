"""Migrations on rows that earlier versions stored."""

import json
from importlib import import_module
from typing import Final

import pytest
from django.apps import apps

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus
from realmate_challenge.webhook_api.serializers.events import decode_event
from realmate_challenge.webhook_api.tests.support.factories import OPENED_AT, NewMessageFactory
from realmate_challenge.webhook_api.tests.support.fakes import in_database
from realmate_challenge.webhook_api.tests.support.payloads import CLOSE_CONVERSATION, MESSAGE_RECEIVED, NEW_CONVERSATION

migration: Final = import_module('realmate_challenge.webhook_api.migrations.0004_keep_known_fields_only')


@pytest.mark.parametrize('extra', ['"x"', r'"\ud800"', '1e400', '[' * 1000 + ']' * 1000])
@pytest.mark.parametrize('event', [NEW_CONVERSATION, MESSAGE_RECEIVED, CLOSE_CONVERSATION])
def test_old_payload_keeps_its_known_fields_only(event: dict[str, object], extra: str) -> None:
    body = json.dumps(event, ensure_ascii=False)[:-2] + f', "secret": {extra}}}, "secret": {extra}}}'

    reduced = migration.known_fields(body)

    assert json.loads(reduced) == event
    assert decode_event(reduced, OPENED_AT) == decode_event(json.dumps(event), OPENED_AT)


@pytest.mark.django_db
def test_settled_events_lose_their_contents_and_the_others_unknown_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, 'BATCH_SIZE', 2)
    payloads = {}
    for status in ('held', 'refused', 'applied', 'dismissed', 'held'):
        event = NewMessageFactory.build()
        in_database().unapplied_events.record(event, status=UnappliedStatus(status), reason='WHY')
        row = models.UnappliedEvent.objects.latest('id')
        payloads[row.pk] = {} if status in {'applied', 'dismissed'} else json.loads(row.payload)
        row.payload = row.payload[:-1] + ', "secret": 1}'
        row.save()

    migration.reduce_payloads(apps, None)

    assert {row.pk: json.loads(row.payload or '{}') for row in models.UnappliedEvent.objects.all()} == payloads
