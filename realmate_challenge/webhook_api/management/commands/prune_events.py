"""`manage.py prune_events`: forget old unapplied events."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any, Final, final

from django.core.management.base import BaseCommand
from django.utils import timezone

from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.management.faults import one_clear_line

AGE: Final = re.compile(r'(\d{1,5})([dh])', re.ASCII)
UNITS: Final = {'d': timedelta(days=1), 'h': timedelta(hours=1)}


@final
class Command(BaseCommand):
    help = 'Delete kept events that were last delivered long ago. Held ones stay: their conversation may still come.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            '--older-than', metavar='AGE', type=_age, default='30d', help='such as 30d or 12h (default: 30d)'
        )
        parser.add_argument('--include-held', action='store_true', help='delete held events too')

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        before = timezone.now() - options['older_than']
        with one_clear_line('Run again.'):
            deleted = composition.unapplied_events().prune(before, held_too=options['include_held'])
        self.stdout.write(f'{deleted:,} events deleted, last delivered before {before:%Y-%m-%d %H:%M} UTC.')


def _age(text: str) -> timedelta:
    match = AGE.fullmatch(text)
    if match is None:
        message = f'{text!r} is no age: say a number of days or hours, such as 30d or 12h'
        raise ArgumentTypeError(message)
    return int(match[1]) * UNITS[match[2]]
