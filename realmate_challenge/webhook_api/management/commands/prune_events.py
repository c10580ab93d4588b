import re
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.utils import timezone

from realmate_challenge.webhook_api import composition

AGE: Final = re.compile(r'(?P<days>\d{1,5})d|(?P<hours>\d{1,5})h', re.ASCII)


class Command(BaseCommand):
    help = 'Delete unapplied events whose last delivery is old. Held events stay: their conversation may still arrive.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument('--older-than', metavar='AGE', type=age, default='30d', help='30d (default), 12h, ...')
        days = 'age of bodies that are no valid event (default: 7d)'
        parser.add_argument('--invalid-older-than', metavar='AGE', type=age, default='7d', help=days)
        parser.add_argument('--include-held', action='store_true', help='delete held events too')

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        now = timezone.now()
        before, invalid = now - options['older_than'], now - options['invalid_older_than']
        deleted = composition.unapplied_events().prune(before, invalid_before=invalid, held_too=options['include_held'])
        self.stdout.write(f'{deleted:,} events deleted, last delivered before {before:%Y-%m-%d %H:%M} UTC.')


def age(text: str) -> timedelta:
    """Raises: ValueError; argparse answers it with "invalid age value"."""
    match = AGE.fullmatch(text)
    if match is None:
        raise ValueError
    return timedelta(**{unit: int(number) for unit, number in match.groupdict('0').items()})
