import time
from argparse import ArgumentParser
from itertools import batched
from random import SystemRandom
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import reset_queries, transaction
from django.urls import reverse
from django.utils import timezone

from realmate_challenge.webhook_api.models import Conversation, Message

BATCH_SIZE: Final = 2_000
SHOWN: Final = 5


class Command(BaseCommand):
    help = 'Create made-up conversations in Brazilian Portuguese, in one transaction. Every second one is closed.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument('--conversations', metavar='N', type=int, default=1, help='number (default: 1)')
        parser.add_argument('--messages', metavar='M', type=int, default=5, help='in each conversation (default: 5)')
        parser.add_argument('--seed', metavar='INT', type=int, help='the same number creates the same texts')

    def handle(self, *, conversations: int, messages: int, seed: int | None, **_: Any) -> None:  # noqa: ANN401 - Django
        if min(conversations, messages) < 0:
            message = '--conversations and --messages must not be negative.'
            raise CommandError(message)
        started = time.perf_counter()
        shown = _store(conversations, messages, SystemRandom().getrandbits(32) if seed is None else seed)
        seconds = time.perf_counter() - started
        self.stdout.write(f'Conversations: {conversations:,}, messages: {conversations * messages:,}, {seconds:.2f} s')
        for conversation in shown:
            self.stdout.write(f'  {conversation.status:<6}  {reverse("conversation", args=[conversation.id])}')


def _store(conversations: int, messages: int, seed: int) -> list[Conversation]:
    """Store every conversation or, if an error or Ctrl-C stops the run, none. Return the first few."""
    try:
        from tqdm import tqdm  # noqa: PLC0415 - needs the development dependencies

        from realmate_challenge.webhook_api.management.dialogue import DialogueWriter  # noqa: PLC0415 - likewise
    except ModuleNotFoundError as error:
        message = '`seed` needs the development dependencies: `make install`, or `poetry install --with dev`.'
        raise CommandError(message) from error
    rows = DialogueWriter(seed, timezone.now()).rows(conversations, messages)
    shown: list[Conversation] = []
    try:
        with (
            tqdm(total=conversations * (messages + 1), unit=' rows', leave=False, disable=None) as progress,
            transaction.atomic(durable=True),
        ):
            for batch in batched(rows, BATCH_SIZE, strict=False):
                opened = [row for row in batch if isinstance(row, Conversation)]
                Conversation.objects.bulk_create(opened)
                Message.objects.bulk_create([row for row in batch if isinstance(row, Message)])
                shown += opened[: SHOWN - len(shown)]
                reset_queries()  # Django keeps the text of each statement while DEBUG is on
                progress.update(len(batch))
    except KeyboardInterrupt as error:
        message = 'Interrupted: nothing was stored.'
        raise CommandError(message, returncode=130) from error  # the shells' code for SIGINT
    return shown
