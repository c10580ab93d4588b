"""Limits of the store of unapplied events: the oldest events that are not held are deleted."""

from datetime import timedelta
from math import inf
from typing import Final
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings
from rest_framework.test import APIClient

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus
from realmate_challenge.webhook_api.repositories import unapplied_events
from realmate_challenge.webhook_api.serializers.events import encode_event, parse_event
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.envelope import error_of
from realmate_challenge.webhook_api.tests.support.factories import NewMessageFactory
from realmate_challenge.webhook_api.tests.support.fakes import in_database
from realmate_challenge.webhook_api.tests.support.payloads import MESSAGE_RECEIVED, NEW_CONVERSATION, changed

pytestmark = pytest.mark.django_db

HELD, REFUSED = UnappliedStatus.HELD, UnappliedStatus.REFUSED
APPLIED, DISMISSED = UnappliedStatus.APPLIED, UnappliedStatus.DISMISSED
PAYLOAD_BYTES: Final = len(encode_event(parse_event(MESSAGE_RECEIVED)).encode())
OTHER_MESSAGE: Final = changed(MESSAGE_RECEIVED, 'data.id', str(uuid4()))


@pytest.fixture(autouse=True)
def usage(monkeypatch: pytest.MonkeyPatch) -> unapplied_events.Usage:
    """Forget what an earlier test measured."""
    made = unapplied_events.Usage()
    monkeypatch.setattr(unapplied_events, 'usage', made)
    return made


def keep(*statuses: UnappliedStatus, content: str = 'Oi') -> None:
    """Store one event of each status, a day apart, the oldest first."""
    for age, status in zip(range(len(statuses), 0, -1), statuses, strict=True):
        event = NewMessageFactory.build(content=content)
        in_database().unapplied_events.record(event, status=status, reason='WHY')
        row = models.UnappliedEvent.objects.latest('id')
        row.last_received_at = timezone.now() - timedelta(days=age)
        row.payload = row.payload if status in {HELD, REFUSED} else ''
        row.save()
    unapplied_events.usage.measured_at = -inf


def statuses() -> list[str]:
    return list(models.UnappliedEvent.objects.order_by('last_received_at').values_list('status', flat=True))


@pytest.mark.parametrize(
    ('kept', 'events', 'payload_bytes', 'left'),
    [
        ([HELD, APPLIED, DISMISSED, REFUSED], 4, 100_000, [HELD, DISMISSED, REFUSED, HELD]),
        ([HELD, REFUSED, DISMISSED, REFUSED], 4, 100_000, [HELD, DISMISSED, REFUSED, HELD]),
        # Only refused events have contents that can be deleted.
        ([APPLIED, REFUSED, HELD, REFUSED], 100, 3 * 2300, [APPLIED, HELD, REFUSED, HELD]),
    ],
)
def test_oldest_event_that_is_not_held_is_deleted_from_a_full_store(
    settings: Settings, kept: list[UnappliedStatus], events: int, payload_bytes: int, left: list[UnappliedStatus]
) -> None:
    keep(*kept, content='é' * 1000)
    settings.WEBHOOK_MAX_UNAPPLIED_EVENTS, settings.WEBHOOK_MAX_UNAPPLIED_BYTES = events, payload_bytes

    keep(HELD, content='é' * 1000)

    assert statuses() == left


@pytest.mark.parametrize(
    ('limit', 'value'), [('WEBHOOK_MAX_UNAPPLIED_EVENTS', 1), ('WEBHOOK_MAX_UNAPPLIED_BYTES', 400)]
)
def test_store_full_of_held_events_answers_503_and_keeps_them(
    post_event: PostEvent, settings: Settings, usage: unapplied_events.Usage, limit: str, value: int
) -> None:
    post_event(MESSAGE_RECEIVED)
    setattr(settings, limit, value)
    usage.measured_at = -inf

    for _ in range(2):
        answer = post_event(OTHER_MESSAGE)
        assert error_of(answer) == (503, 'SERVICE_UNAVAILABLE')
        assert 'Retry-After' in answer.headers
    # A kept event and an event that applies need no room.
    assert error_of(post_event(MESSAGE_RECEIVED)) == (404, 'CONVERSATION_NOT_FOUND')
    assert models.UnappliedEvent.objects.get().deliveries == 2
    assert post_event(NEW_CONVERSATION).status_code == 204
    assert models.Message.objects.get().id == UUID(MESSAGE_RECEIVED['data']['id'])
    # The applied event can be deleted.
    usage.measured_at = -inf
    assert error_of(post_event(changed(OTHER_MESSAGE, 'data.conversation_id', str(uuid4()))))[0] == 404
    assert statuses()[-1] == HELD


@pytest.mark.parametrize(
    ('limit', 'per_event'), [('WEBHOOK_MAX_UNAPPLIED_EVENTS', 1), ('WEBHOOK_MAX_UNAPPLIED_BYTES', PAYLOAD_BYTES)]
)
def test_limits_hold_without_measuring_the_table_for_every_event(
    post_event: PostEvent, settings: Settings, limit: str, per_event: int
) -> None:
    setattr(settings, limit, 10 * per_event)

    with CaptureQueriesContext(connection) as statements:
        answers = [post_event(changed(MESSAGE_RECEIVED, 'data.id', str(uuid4()))).status_code for _ in range(20)]

    assert answers == [404] * 10 + [503] * 10
    assert 1 <= sum('SUM(' in each['sql'] for each in statements) < 5


def test_metrics_have_the_fill_level(api_client: APIClient, settings: Settings) -> None:
    keep(HELD, REFUSED, APPLIED)
    settings.WEBHOOK_MAX_UNAPPLIED_EVENTS, settings.WEBHOOK_MAX_UNAPPLIED_BYTES = 4, 10_000

    families = text_string_to_metric_families(api_client.get('/metrics').content.decode())

    (ratios,) = [family.samples for family in families if family.name == 'webhook_unapplied_store_ratio']
    found = {sample.labels['limit']: sample.value for sample in ratios}
    kept_bytes = sum(len(row.payload.encode()) for row in models.UnappliedEvent.objects.all())
    assert found == {'events': 0.75, 'bytes': kept_bytes / 10_000}
