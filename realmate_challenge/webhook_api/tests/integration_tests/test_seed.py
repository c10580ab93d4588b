import re
import signal
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings
from tqdm import tqdm

from realmate_challenge.webhook_api.entities.message import MessageDirection
from realmate_challenge.webhook_api.management.commands import seed as command
from realmate_challenge.webhook_api.management.dialogue import PHRASES, DialogueWriter
from realmate_challenge.webhook_api.models import Conversation, Message, MessageCount
from realmate_challenge.webhook_api.tests.support.processes import run

NOW: Final = datetime(2025, 2, 21, 10, 20, 41, tzinfo=UTC)
THANKS: Final = tuple(phrase.partition('{')[0] for phrase in PHRASES['goodbye'][0])


def second_conversation(length: int, *, seed: int = 7) -> tuple[Conversation, list[Message]]:
    """Return a closed conversation with its messages."""
    rows = list(DialogueWriter(seed, NOW).rows(2, length))
    conversation = [row for row in rows if isinstance(row, Conversation)][1]
    return conversation, [row for row in rows if isinstance(row, Message) and row.conversation is conversation]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(('conversations', 'messages'), [(0, 5), (2, 0), (8, 3)])
def test_stores_the_given_numbers_and_prints_the_first_addresses(
    client: Client, monkeypatch: pytest.MonkeyPatch, conversations: int, messages: int
) -> None:
    monkeypatch.setattr(command, 'BATCH_SIZE', 7)
    call_command('seed', conversations=conversations, messages=messages, stdout=(output := StringIO()))
    assert output.getvalue().startswith(f'Conversations: {conversations}, messages: {conversations * messages}, ')
    statuses = Conversation.objects.order_by('status').values_list('status', flat=True)
    assert list(statuses) == ['CLOSED'] * (conversations // 2) + ['OPEN'] * (conversations // 2)
    counted = sum(MessageCount.objects.values_list('messages', flat=True))
    assert counted == Message.objects.count() == conversations * messages
    printed = re.findall(r'^  (\w+) +(/conversations/.+/)$', output.getvalue(), flags=re.MULTILINE)
    assert [status for status, _ in printed] == ['OPEN', 'CLOSED', 'OPEN', 'CLOSED', 'OPEN'][:conversations]
    for status, address in printed:
        assert client.get(address).json().items() >= {('status', status), ('count', messages)}


@pytest.mark.parametrize('length', [*range(12), 2_000])
def test_times_increase_within_the_conversation_and_lie_in_the_recent_past(length: int) -> None:
    conversation, messages = second_conversation(length)
    times = [conversation.opened_at, *(row.external_timestamp for row in messages), conversation.closed_at or NOW]
    assert len(messages) == length
    assert all(earlier < later for earlier, later in pairwise(times))
    assert NOW - timedelta(days=92) < conversation.opened_at < times[-1] < NOW


@pytest.mark.parametrize('length', [*range(12), 2_000])
def test_texts_are_whole_answers_follow_questions_and_a_goodbye_precedes_the_close(length: int) -> None:
    for number in range(20 if length < 12 else 1):
        _, messages = second_conversation(length, seed=number)
        turns = [(side, len(list(lines))) for side, lines in groupby(message.direction for message in messages)]
        assert [side for side, _ in turns[:2]] == [MessageDirection.RECEIVED, MessageDirection.SENT][:length]
        assert all(lines <= 2 for _, lines in turns)
        for message in messages:
            assert re.fullmatch(r'(?!.*  )[A-ZÀ-Ú0-9][^{}]*[.!?👍😊]', message.content), message.content
        if length > 2:
            place = max(place for place, message in enumerate(messages) if message.content.startswith(THANKS))
            assert length - place <= 3
            assert messages[place - 1].direction == MessageDirection.SENT


def test_same_seed_gives_the_same_texts() -> None:
    first, again, other = ([row.content for row in second_conversation(50, seed=seed)[1]] for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.django_db(transaction=True)
def test_many_messages_take_few_statements_little_time_and_constant_memory(settings: Settings) -> None:
    started = time.process_time()
    with connection.execute_wrapper(execute := Mock(side_effect=lambda run, *arguments: run(*arguments))):
        call_command('seed', messages=10_000)
    assert time.process_time() - started < 20
    assert execute.call_count < 100
    settings.DEBUG = True  # with it, Django keeps the text of each statement
    peaks = []
    for messages in (2_000, 8_000):
        tracemalloc.start()
        call_command('seed', messages=messages)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


@pytest.mark.django_db(transaction=True)
def test_interrupt_stores_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object, rows: int) -> None:
        assert Message.objects.count() == rows - 1
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(tqdm, 'update', interrupt)
    with pytest.raises(CommandError, match=r'^Interrupted: nothing was stored.$') as caught:
        call_command('seed')
    assert caught.value.returncode == 130
    assert not Conversation.objects.exists()


def test_negative_number_is_refused() -> None:
    for option in ('conversations', 'messages'):
        with pytest.raises(CommandError, match='must not be negative'):
            call_command('seed', **{option: -1})


@pytest.mark.parametrize(
    ('database', 'missing', 'message'),
    [
        ('postgres://nobody:none@127.0.0.1:1/none', 'none', 'Stopped: .+ Run the command again.'),
        ('sqlite://:memory:', 'faker', 'CommandError: `seed` needs .+ `make install`.+'),
    ],
)
def test_failure_is_one_line(tmp_path: Path, database: str, missing: str, message: str) -> None:
    (tmp_path / f'{missing}.py').write_text('raise ModuleNotFoundError')
    done = run('manage.py', 'seed', DJANGO_DEBUG='true', DATABASE_URL=database, PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, '')
    assert re.fullmatch(f'{message}\n', done.stderr)
