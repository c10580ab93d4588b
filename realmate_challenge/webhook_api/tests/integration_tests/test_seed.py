"""`manage.py seed`: sample conversations in Brazilian Portuguese."""

import sys
import tracemalloc
from collections.abc import Iterator
from io import StringIO
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from realmate_challenge.webhook_api.management import seeder
from realmate_challenge.webhook_api.management.dialogue import AGENT, CUSTOMER, Writer
from realmate_challenge.webhook_api.models import Conversation, Message
from realmate_challenge.webhook_api.tests.support.fakes import in_database

pytestmark = pytest.mark.django_db


def seed(*arguments: str) -> str:
    out = StringIO()
    call_command('seed', *arguments, stdout=out)
    return out.getvalue()


def texts() -> list[str]:
    return list(
        Message.objects.order_by('conversation__opened_at', 'external_timestamp').values_list('content', flat=True)
    )


def test_every_second_conversation_is_closed_and_times_increase() -> None:
    out = seed('--conversations', '4', '--messages', '30')

    assert out.startswith('4 conversations with 120 messages created in ')
    assert (
        Conversation.objects.filter(status='OPEN').count() == Conversation.objects.filter(status='CLOSED').count() == 2
    )
    for conversation in Conversation.objects.all():
        assert f'/conversations/{conversation.id}/' in out
        transcript = in_database().conversations.read_page(conversation.id, offset=0, limit=100, newest_first=False)
        assert transcript is not None
        assert transcript.message_count == 30
        sent = [message.timestamp for message in transcript.messages]
        times = [conversation.opened_at, *sent, conversation.closed_at or timezone.now(), timezone.now()]
        assert all(earlier < later for earlier, later in pairwise(times))


def test_the_default_is_one_open_conversation_of_five_messages() -> None:
    seed()

    assert Conversation.objects.get().status == 'OPEN'
    assert Message.objects.count() == 5


def test_the_same_seed_creates_the_same_texts() -> None:
    found = []
    for number in (7, 7, 8):
        seed('--messages', '40', '--seed', str(number))
        found.append([text.partition(' ')[2] for text in texts()][1:])  # the greeting depends on the hour
        Conversation.objects.all().delete()

    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize('ends', [False, True])
@pytest.mark.parametrize('length', [1, 2, 3, 4, 5, 8, 300])
def test_a_dialogue_is_complete(*, length: int, ends: bool) -> None:
    lines = list(Writer(seed=length).dialogue(length, hour=9, ends=ends))

    directions = [direction for direction, _ in lines]
    assert len(lines) == length
    assert directions[0] == CUSTOMER
    # Each question has an answer: nobody writes more than twice in a row.
    assert all(len(set(directions[start : start + 3])) == 2 for start in range(length - 2))
    assert not any('{' in text or text != text.strip() or not text for _, text in lines)
    assert ends or length < 2 or directions[-1] == AGENT


def test_memory_does_not_grow_with_the_number_of_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeder, 'MESSAGES_AT_ONCE', 100)
    peaks = []
    seed('--messages', '100')
    for messages in ('500', '5000'):
        tracemalloc.start()
        seed('--messages', messages)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] + 500_000


def test_an_interrupted_run_stores_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> Iterator[object]:
        yield CUSTOMER, 'Oi'
        raise KeyboardInterrupt

    monkeypatch.setattr(Writer, 'dialogue', interrupted)

    with pytest.raises(CommandError, match='Interrupted: nothing was stored') as caught:
        seed()

    assert caught.value.returncode == 130
    assert not Conversation.objects.exists()


@pytest.mark.parametrize('option', ['--conversations', '--messages'])
def test_a_negative_number_is_refused(option: str) -> None:
    with pytest.raises(CommandError, match='must not be negative'):
        seed(option, '-1')


def test_missing_development_dependencies_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'realmate_challenge.webhook_api.management.seeder', None)

    with pytest.raises(CommandError, match='make install'):
        seed()
