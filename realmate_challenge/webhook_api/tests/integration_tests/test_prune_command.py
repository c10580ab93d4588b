"""`manage.py prune_events`."""

from datetime import timedelta
from io import StringIO
from typing import Final

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus
from realmate_challenge.webhook_api.tests.support.factories import NewMessageFactory
from realmate_challenge.webhook_api.tests.support.fakes import in_database

pytestmark = pytest.mark.django_db

HELD, REFUSED, APPLIED, DISMISSED = UnappliedStatus
AGES: Final = [timedelta(hours=11), timedelta(hours=13), timedelta(days=29), timedelta(days=31)]


@pytest.fixture(autouse=True)
def old_and_new() -> None:
    """One of each status for each age."""
    for age in AGES:
        for status in UnappliedStatus:
            event = NewMessageFactory.build()
            in_database().unapplied_events.record(event, status=HELD, reason='WHY')
            row = models.UnappliedEvent.objects.latest('id')
            row.status = status
            row.first_received_at = timezone.now() - timedelta(days=365)
            row.last_received_at = timezone.now() - age
            row.save()


def prune(*flags: str) -> str:
    out = StringIO()
    call_command('prune_events', *flags, stdout=out)
    return out.getvalue()


def left() -> list[str]:
    return sorted(models.UnappliedEvent.objects.values_list('status', flat=True))


def test_what_is_older_than_a_month_goes_but_for_what_is_held() -> None:
    output = prune()

    assert output.startswith('3 events deleted, last delivered before ')
    assert output.endswith(' UTC.\n')
    assert left() == sorted([HELD] * 4 + [REFUSED, APPLIED, DISMISSED] * 3)
    assert prune().startswith('0 events deleted')


@pytest.mark.parametrize(
    ('flags', 'deleted'),
    [
        (['--older-than', '30d'], 3),
        (['--older-than', '12h'], 9),
        (['--older-than', '12h', '--include-held'], 12),
        (['--include-held'], 4),
        (['--older-than', '32d', '--include-held'], 0),
        (['--older-than', '99999d'], 0),
        (['--older-than', '0d', '--include-held'], 16),
    ],
)
def test_ages(flags: list[str], deleted: int) -> None:
    assert prune(*flags).startswith(f'{deleted} events deleted')
    assert len(left()) == 16 - deleted


@pytest.mark.parametrize('age', ['', '30', 'd', '-1d', '1.5d', '30 d', '30D', '1w', '100000d', '٣d', 'tomorrow'])
def test_no_age_is_one_line_and_deletes_nothing(age: str) -> None:
    with pytest.raises(CommandError, match='--older-than: invalid age value'):
        prune(f'--older-than={age}')

    assert len(left()) == 16
