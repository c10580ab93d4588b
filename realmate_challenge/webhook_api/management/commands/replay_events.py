"""`manage.py replay_events`: try again what is held or refused."""

from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, final
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand

from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.entities.events import EventType
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedEvent, UnappliedFilter
from realmate_challenge.webhook_api.management.faults import one_clear_line
from realmate_challenge.webhook_api.serializers.fields import parse_uuid
from realmate_challenge.webhook_api.use_cases.replay_events import ReplayResult

PROGRESS_EVERY: Final = 1000


@final
class Command(BaseCommand):
    help = 'Try again the events that are held or were refused. Safe to run twice, and beside live traffic.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            '--conversation', metavar='ID', type=_conversation_id, help='only events of this conversation'
        )
        parser.add_argument('--reason', metavar='CODE', help='only events refused or held with this error code')
        parser.add_argument('--held', action='store_true', help='only held events, not refused ones')
        parser.add_argument('--dry-run', action='store_true', help='count what would be tried, and change nothing')
        parser.add_argument(
            '--accept-late',
            action='store_true',
            help='store messages sent before their conversation closed, whatever WEBHOOK_ACCEPT_LATE_MESSAGES says',
        )

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        wanted = UnappliedFilter(
            conversation_id=options['conversation'], reason=options['reason'], held_only=options['held']
        )
        replay = composition.replay_events(accept_late=options['accept_late'] or settings.WEBHOOK_ACCEPT_LATE_MESSAGES)
        with one_clear_line('What was tried before stays done; run again.'):
            total = replay.count(wanted)
            if options['dry_run']:
                self.stdout.write(f'{total:,} events would be tried. Nothing was changed.')
            else:
                self._replay(replay(wanted), total)

    def _replay(self, replayed: Iterable[tuple[UnappliedEvent, ReplayResult]], total: int) -> None:
        results: Counter[tuple[EventType, ReplayResult]] = Counter()
        try:
            for number, (unapplied, result) in enumerate(replayed, start=1):
                results[unapplied.event.type, result] += 1
                self._report_progress(number, total)
        finally:
            self._print_table(results)

    def _report_progress(self, number: int, total: int) -> None:
        if number % PROGRESS_EVERY == 0 and self.stderr.isatty():
            self.stderr.write(f'{number:,} of {total:,} tried')

    def _print_table(self, results: Counter[tuple[EventType, ReplayResult]]) -> None:
        """One row for each event type, one column for each result."""
        self.stdout.write(f'{"":<20}' + ''.join(f'{result:>17}' for result in ReplayResult))
        for kind in EventType:
            cells = ''.join(f'{results[kind, result]:>17,}' for result in ReplayResult)
            self.stdout.write(f'{kind:<20}{cells}')
        self.stdout.write(f'{results.total():,} events tried.')


def _conversation_id(text: str) -> UUID:
    try:
        return parse_uuid(text)
    except ValueError as error:
        message = f'{text!r} is no UUID'
        raise ArgumentTypeError(message) from error
