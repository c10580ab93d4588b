"""`manage.py seed`: create sample conversations, for manual tests and development."""

import time
from argparse import ArgumentParser
from random import SystemRandom
from typing import Any, Final, final

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, transaction
from django.urls import reverse

INTERRUPTED: Final = 130  # the exit status of a program that Ctrl-C ends


@final
class Command(BaseCommand):
    help = 'Create sample conversations in Brazilian Portuguese, all or none. Every second one is closed.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument('--conversations', metavar='N', type=int, default=1, help='default: 1')
        parser.add_argument('--messages', metavar='M', type=int, default=5, help='in each conversation (default: 5)')
        parser.add_argument('--seed', metavar='INT', type=int, help='the same number creates the same texts again')

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        conversations, messages = options['conversations'], options['messages']
        if conversations < 0 or messages < 0:
            error = '--conversations and --messages must not be negative.'
            raise CommandError(error)
        try:
            from realmate_challenge.webhook_api.management.seeder import Seeder  # noqa: PLC0415 - needs Faker
        except ModuleNotFoundError as cause:
            error = '`seed` needs the development dependencies: `make install`, or `poetry install --with dev`.'
            raise CommandError(error) from cause
        seed = SystemRandom().getrandbits(32) if options['seed'] is None else options['seed']
        started = time.perf_counter()
        try:
            with transaction.atomic():
                first = Seeder(messages, seed).create(conversations)
        except KeyboardInterrupt:
            error = 'Interrupted: nothing was stored.'
            raise CommandError(error, returncode=INTERRUPTED) from None
        except Error as cause:
            error = f'Nothing was stored: {" ".join(str(cause).split())}. Has `manage.py migrate` been run?'
            raise CommandError(error) from cause
        seconds = time.perf_counter() - started
        self.stdout.write(
            f'{conversations:,} conversations with {conversations * messages:,} messages created in {seconds:.2f} s.'
        )
        for conversation in first:
            self.stdout.write(f'  {conversation.status:<6}  {reverse("conversation", args=[conversation.id])}')
        if conversations > len(first):
            self.stdout.write(f'  and {conversations - len(first):,} more')
