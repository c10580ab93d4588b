from argparse import ArgumentParser
from collections import Counter
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand
from tqdm import tqdm

from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.entities.events import EventType
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedFilter
from realmate_challenge.webhook_api.serializers.fields import parse_uuid
from realmate_challenge.webhook_api.use_cases.replay_events import RESULTS, ReplayEvents, ReplayResult

UNKNOWN: Final = '(unknown)'


class Command(BaseCommand):
    help = 'Retry held, refused and invalid events. Safe to run twice, and while the service receives events.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        late = 'store messages sent before their conversation closed, as WEBHOOK_ACCEPT_LATE_MESSAGES does'
        parser.add_argument('--conversation', metavar='ID', type=uuid, help='only events of this conversation')
        parser.add_argument('--reason', metavar='CODE', help='only events with this error code')
        parser.add_argument('--held', action='store_true', help='only held events')
        parser.add_argument('--dry-run', action='store_true', help='count the events, and change nothing')
        parser.add_argument('--accept-late', action='store_true', help=late)

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        wanted = UnappliedFilter(
            conversation_id=options['conversation'], reason=options['reason'], held_only=options['held']
        )
        replay = composition.replay_events(accept_late=options['accept_late'] or settings.WEBHOOK_ACCEPT_LATE_MESSAGES)
        if options['dry_run']:
            self.stdout.write(f'{replay.count(wanted):,} events would be retried. Nothing was changed.')
        else:
            self._replay(replay, wanted)

    def _replay(self, replay: ReplayEvents, wanted: UnappliedFilter) -> None:
        """Print a table of results by event type and why events are unreadable, also if the database fails half-way."""
        results: Counter[tuple[str, ReplayResult]] = Counter()
        errors: Counter[str] = Counter()
        # disable=None: show the bar on terminals only.
        progress = tqdm(replay(wanted), total=replay.count(wanted), unit=' events', disable=None)
        try:
            for unapplied, result in progress:
                results[unapplied.type if unapplied.type in EventType else UNKNOWN, result] += 1
                errors.update(filter(None, [unapplied.errors]))
        finally:
            self.stdout.write(f'{"":<20}' + ''.join(f'{result:>14}' for result in RESULTS))
            for kind in (*EventType, UNKNOWN):
                cells = ''.join(f'{results[kind, result]:>14,}' for result in RESULTS)
                self.stdout.write(f'{kind:<20}{cells}')
            self.stdout.write(f'{results.total():,} events retried.')
            self.stdout.writelines(f'{count:,} unreadable: {error}\n' for error, count in errors.most_common())


def uuid(text: str) -> UUID:
    """Raises: ValueError; argparse answers it with "invalid uuid value"."""
    return parse_uuid(text)
