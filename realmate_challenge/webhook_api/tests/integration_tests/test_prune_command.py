"""`manage.py prune_events`."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus
from realmate_challenge.webhook_api.tests.support.factories import NewMessageFactory
from realmate_challenge.webhook_api.tests.support.fakes import in_database

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def backlog() -> None:
    """Keep a held and a refused event of each age."""
    for age in (timedelta(hours=11), timedelta(hours=13), timedelta(days=29), timedelta(days=31)):
        for status in (UnappliedStatus.HELD, UnappliedStatus.REFUSED):
            in_database().unapplied_events.record(NewMessageFactory.build(), status=status, reason='WHY')
            row = models.UnappliedEvent.objects.latest('id')
            models.UnappliedEvent.objects.filter(pk=row.pk).update(last_received_at=timezone.now() - age)


@pytest.mark.parametrize(
    ('flags', 'refused', 'held'),
    [
        ([], 1, 0),
        (['--older-than', '12h'], 3, 0),
        (['--older-than', '12h', '--include-held'], 3, 3),
        (['--older-than', '99999d', '--include-held'], 0, 0),
    ],
)
def test_events_are_deleted_by_age(flags: list[str], refused: int, held: int) -> None:
    out = StringIO()
    call_command('prune_events', *flags, stdout=out)

    assert re.fullmatch(rf'{refused + held} events deleted, last delivered before .* UTC\.\n', out.getvalue())
    assert models.UnappliedEvent.objects.filter(status='refused').count() == 4 - refused
    assert models.UnappliedEvent.objects.filter(status='held').count() == 4 - held


@pytest.mark.parametrize('age', ['', '30', 'd', '-1d', '1.5d', '30 d', '30D', '100000d', '٣d'])
def test_a_wrong_age_deletes_nothing(age: str) -> None:
    with pytest.raises(CommandError, match='--older-than: invalid age value'):
        call_command('prune_events', f'--older-than={age}')

    assert models.UnappliedEvent.objects.count() == 8
