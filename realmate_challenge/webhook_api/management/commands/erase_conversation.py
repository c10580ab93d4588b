"""`manage.py erase_conversation`: erase conversations for good, and list those that were erased."""

from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, final
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.management.faults import one_clear_line
from realmate_challenge.webhook_api.serializers.fields import parse_instant, parse_uuid


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
                erasures = _parsed(options['ids'] or _lines(options['from_file']))
                for conversation_id, erased_at in erasures:
                    composition.conversations().erase(conversation_id, erased_at)
                self.stdout.write(f'{len(erasures):,} ids erased.')


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding='utf-8-sig').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f'The file cannot be read: {error}'
        raise CommandError(message) from error


def _parsed(lines: Iterable[str]) -> list[tuple[UUID, datetime]]:
    """Skip empty lines.

    Raises: CommandError that names every bad line, before anything is erased.
    """
    now, erasures, bad = timezone.now(), list[tuple[UUID, datetime]](), list[str]()
    for number, line in enumerate(lines, start=1):
        conversation_id, _, erased_at = line.strip().partition(' ')
        try:
            if conversation_id:
                erasures.append((parse_uuid(conversation_id), parse_instant(erased_at) if erased_at else now))
        except (ValueError, OverflowError):
            bad.append(str(number))
    if bad:
        message = f'Nothing was erased. Not an id, or an id and a time: line {", ".join(bad)}.'
        raise CommandError(message)
    return erasures
