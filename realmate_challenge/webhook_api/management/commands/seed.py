"""`manage.py seed`: made-up conversations, for manual tests and development."""

import time
from argparse import ArgumentParser
from random import SystemRandom
from typing import Any, Final, final

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.urls import reverse
from django.utils import timezone

from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.contracts.dialogues import DialogueWriter
from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.management.progress import ProgressBar
from realmate_challenge.webhook_api.use_cases.seed_conversations import SeedRequest

NO_FAKER: Final = (
    '`seed` needs Faker, which comes with the development dependencies: `make install`, or `poetry install --with dev`.'
)
# What a shell expects of a program that Ctrl-C ended.
INTERRUPTED: Final = 130
RANDOM_SEEDS: Final = 2**32


@final
class Command(BaseCommand):
    help = 'Make conversations up, in Brazilian Portuguese, in one transaction. Every second one is closed.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument('--conversations', metavar='N', type=int, default=1, help='how many (default: 1)')
        parser.add_argument('--messages', metavar='M', type=int, default=5, help='in each of them (default: 5)')
        parser.add_argument('--seed', metavar='INT', type=int, help='the same number makes the same texts again')

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        started = time.perf_counter()
        request = _request(options)
        if not request.conversations:
            self.stdout.write('No conversation was asked for, and none was made.')
            return
        first = self._store(request)
        self._report(request, first, time.perf_counter() - started)

    def _store(self, request: SeedRequest) -> list[Conversation]:
        seed = composition.seed_conversations(_dialogues(request.seed))
        progress = ProgressBar(self.stderr, request.conversations * request.messages)
        try:
            return seed(request, on_progress=progress)
        except KeyboardInterrupt as error:
            message = 'Interrupted: nothing was stored.'
            raise CommandError(message, returncode=INTERRUPTED) from error
        except Error as error:
            reason = ' '.join(str(error).split())
            message = f'Nothing was stored: {reason}. Is the database up, and has `manage.py migrate` been run?'
            raise CommandError(message) from error
        finally:
            progress.clear()

    def _report(self, request: SeedRequest, first: list[Conversation], seconds: float) -> None:
        conversations, messages = request.conversations, request.conversations * request.messages
        self.stdout.write(
            f'{_counted(conversations, "conversation")} with {_counted(messages, "message")} made in {seconds:.2f} s:'
        )
        for conversation in first:
            self.stdout.write(f'  {conversation.status:<6}  {reverse("conversation", args=[conversation.id])}')
        if conversations > len(first):
            self.stdout.write(f'  and {conversations - len(first):,} more')


def _request(options: dict[str, Any]) -> SeedRequest:
    for name in ('conversations', 'messages'):
        if options[name] < 0:
            message = f'--{name} must not be negative, and {options[name]} is.'
            raise CommandError(message)
    seed = SystemRandom().randrange(RANDOM_SEEDS) if options['seed'] is None else options['seed']
    return SeedRequest(
        conversations=options['conversations'], messages=options['messages'], now=timezone.now(), seed=seed
    )


def _dialogues(seed: int) -> DialogueWriter:
    try:
        from realmate_challenge.webhook_api.management.cast import draw_cast  # noqa: PLC0415 - needs Faker
        from realmate_challenge.webhook_api.management.dialogue import RentalDialogues  # noqa: PLC0415 - likewise
    except ModuleNotFoundError as error:
        raise CommandError(NO_FAKER) from error
    return RentalDialogues(draw_cast(seed))


def _counted(number: int, noun: str) -> str:
    return f'{number:,} {noun}' if number == 1 else f'{number:,} {noun}s'
