from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.serializers.fields import parse_instant, parse_uuid


class Command(BaseCommand):
    help = 'Erase conversations with their messages and kept events. Later events for an erased id are dropped.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        # Without the default, argparse takes an empty list for a given argument.
        source.add_argument('ids', metavar='ID', nargs='*', default=[], help='ids to erase, known or not')
        source.add_argument('--from-file', metavar='FILE', type=Path, help='file of ids, or output of --export')
        source.add_argument('--export', action='store_true', help='print each erased id with its time of erasure')

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        conversations = composition.conversations()
        if options['export']:
            self.stdout.writelines(f'{erased} {at.isoformat()}\n' for erased, at in conversations.erasures())
        else:
            erasures = _parse(options['ids'] or _read_lines(options['from_file']))
            for conversation_id, erased_at in erasures:
                conversations.erase(conversation_id, erased_at)
            self.stdout.write(f'{len(erasures):,} ids erased.')


def _read_lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding='utf-8-sig').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f'The file cannot be read: {error}'
        raise CommandError(message) from error


def _parse(lines: list[str]) -> list[tuple[UUID, datetime]]:
    """Return ids with their time of erasure (default: now). Skip empty lines.

    Raises: CommandError that names every wrong line, before anything is erased.
    """
    now, erasures, wrong = timezone.now(), list[tuple[UUID, datetime]](), list[str]()
    for number, line in enumerate(lines, start=1):
        conversation_id, _, erased_at = line.strip().partition(' ')
        try:
            if conversation_id:
                erasures.append((parse_uuid(conversation_id), parse_instant(erased_at) if erased_at else now))
        except (ValueError, OverflowError):
            wrong.append(str(number))
    if wrong:
        message = f'Nothing was erased. Not an id, or an id and a time: line {", ".join(wrong)}.'
        raise CommandError(message)
    return erasures
