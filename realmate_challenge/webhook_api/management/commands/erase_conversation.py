"""`manage.py erase_conversation`: erase conversations for good, and list those that were erased."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, final
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.management.faults import one_clear_line
from realmate_challenge.webhook_api.serializers.fields import parse_instant, parse_uuid

PROGRESS_EVERY: Final = 1000


@final
class Command(BaseCommand):
    help = (
        'Erase conversations with their messages and kept events. Later events for an erased id are dropped. '
        'Safe to repeat, and to run beside live traffic.'
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        # Without the default, an empty list would count as a given argument.
        what.add_argument('ids', metavar='ID', nargs='*', default=[], help='ids of conversations, known or not')
        what.add_argument(
            '--from-file', metavar='FILE', type=Path, help='erase the ids of a file: one on each line, as of --export'
        )
        what.add_argument('--export', action='store_true', help='print all erased ids, each with its time of erasure')

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        with one_clear_line('What was erased stays erased; run again.'):
            if options['export']:
                self.stdout.writelines(
                    f'{conversation_id} {erased_at.isoformat()}\n'
                    for conversation_id, erased_at in composition.conversations().erasures()
                )
            else:
                self._erase(_parsed(options['ids'] or _lines(options['from_file'])))

    def _erase(self, erasures: list[tuple[UUID, datetime]]) -> None:
        for number, (conversation_id, erased_at) in enumerate(erasures, start=1):
            composition.conversations().erase(conversation_id, erased_at)
            if number % PROGRESS_EVERY == 0 and self.stderr.isatty():
                self.stderr.write(f'{number:,} of {len(erasures):,} erased')
        self.stdout.write(f'{len(erasures):,} ids erased.')


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding='utf-8-sig').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f'The file cannot be read: {error}'
        raise CommandError(message) from error


def _parsed(lines: Iterable[str]) -> list[tuple[UUID, datetime]]:
    """Raises: CommandError that names every bad line, before anything is erased."""
    now, erasures, bad = timezone.now(), list[tuple[UUID, datetime]](), list[str]()
    for number, line in enumerate(lines, start=1):
        try:
            erasures += _erasure(line.split(), now)
        except (ValueError, OverflowError):
            bad.append(str(number))
    if bad:
        message = f'Nothing was erased. Not an id, or an id and a time: line {", ".join(bad)}.'
        raise CommandError(message)
    return erasures


def _erasure(words: list[str], now: datetime) -> Iterator[tuple[UUID, datetime]]:
    """Nothing for an empty line."""
    match words:
        case []:
            return
        case [conversation_id]:
            yield parse_uuid(conversation_id), now
        case [conversation_id, erased_at]:
            yield parse_uuid(conversation_id), parse_instant(erased_at)
        case _:
            raise ValueError(words)
