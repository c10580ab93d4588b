"""`manage.py seed`, as it is typed."""

import os
import re
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Final, final
from uuid import UUID

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Max
from django.test import Client
from django.utils import timezone

from realmate_challenge.webhook_api.entities.conversation import ConversationStatus
from realmate_challenge.webhook_api.management.progress import ProgressBar
from realmate_challenge.webhook_api.models import Conversation, Message
from realmate_challenge.webhook_api.repositories import histories
from realmate_challenge.webhook_api.use_cases import seed_conversations

UUID_PATTERN: Final = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'


@final
class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def seed(**options: int) -> str:
    output = StringIO()
    call_command('seed', stdout=output, **options)
    return output.getvalue()


def seed_by_hand(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, through the development door."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, 'manage.py', 'seed', *arguments],
        cwd=settings.BASE_DIR,
        env={**os.environ, 'DJANGO_DEBUG': 'true', **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.django_db(transaction=True)
def test_makes_one_open_conversation_of_five_messages_unless_told() -> None:
    output = seed()
    conversation = Conversation.objects.get()
    assert conversation.status == ConversationStatus.OPEN
    assert Message.objects.filter(conversation=conversation).count() == 5
    assert re.fullmatch(
        rf'1 conversation with 5 messages made in \d+\.\d\d s:\n  OPEN    /conversations/{conversation.id}/\n', output
    )


@pytest.mark.django_db(transaction=True)
def test_makes_as_many_as_told_and_names_the_first_few() -> None:
    output = seed(conversations=8, messages=3)
    assert list(Conversation.objects.annotate(told=Count('messages')).values_list('told', flat=True)) == [3] * 8
    assert output.startswith('8 conversations with 24 messages made in ')
    paths = re.findall(f'(OPEN|CLOSED) +/conversations/({UUID_PATTERN})/', output)
    assert {(row.status, str(row.id)) for row in Conversation.objects.all()} > set(paths)
    assert len(paths) == 5
    assert output.endswith('  and 3 more\n')


@pytest.mark.django_db(transaction=True)
def test_what_it_names_can_be_read(client: Client) -> None:
    path = re.findall(f'/conversations/{UUID_PATTERN}/', seed(conversations=2))[1]
    answer = client.get(path).json()
    assert (answer['status'], answer['count']) == ('CLOSED', 5)
    assert answer['messages'][0]['direction'] == 'RECEIVED'


@pytest.mark.django_db(transaction=True)
def test_half_are_closed_after_their_last_message_and_all_of_it_is_past(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histories, 'BATCH_SIZE', 13)
    seed(conversations=10, messages=12)
    ended = Conversation.objects.annotate(ended_at=Max('messages__external_timestamp'))
    assert ended.filter(status=ConversationStatus.CLOSED, closed_at__gt=F('ended_at')).count() == 5
    assert not Message.objects.filter(external_timestamp__lte=F('conversation__opened_at')).exists()
    assert not Message.objects.filter(external_timestamp__gt=timezone.now()).exists()
    instants = Message.objects.values('conversation', 'external_timestamp').distinct()
    assert instants.count() == 120


@pytest.mark.django_db(transaction=True)
def test_a_seed_makes_the_same_texts_again() -> None:
    for _ in range(2):
        seed(conversations=2, seed=42)
    texts = Message.objects.values('content').annotate(times=Count('id')).values_list('times', flat=True)
    assert not any(times % 2 for times in texts)


@pytest.mark.django_db(transaction=True)
def test_conversations_may_be_empty() -> None:
    assert seed(conversations=2, messages=0).startswith('2 conversations with 0 messages made')
    assert (Conversation.objects.count(), Message.objects.count()) == (2, 0)


@pytest.mark.django_db(transaction=True)
def test_none_is_what_none_asks_for() -> None:
    assert seed(conversations=0) == 'No conversation was asked for, and none was made.\n'
    assert not Conversation.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize('option', ['conversations', 'messages'])
def test_a_negative_number_is_refused(option: str) -> None:
    with pytest.raises(CommandError, match=f'^--{option} must not be negative, and -1 is.$'):
        seed(**{option: -1})
    assert not Conversation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_ctrl_c_stores_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: ProgressBar, done: int) -> None:
        assert Message.objects.count() == done > 0
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(ProgressBar, '__call__', interrupt)
    with pytest.raises(CommandError, match=r'^Interrupted: nothing was stored.$') as caught:
        seed()
    assert caught.value.returncode == 130
    assert not Conversation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_the_database_refuses_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed_conversations, 'uuid4', lambda: UUID(int=1))
    with pytest.raises(CommandError, match=r'^Nothing was stored: .+') as caught:
        seed()
    assert '\n' not in str(caught.value)
    assert not Conversation.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(('output', 'is_drawn'), [(Terminal, True), (StringIO, False)])
def test_progress_is_for_terminals(monkeypatch: pytest.MonkeyPatch, output: type[StringIO], *, is_drawn: bool) -> None:
    monkeypatch.setattr('realmate_challenge.webhook_api.management.progress.PATIENCE_SECONDS', 0)
    errors = output()
    call_command('seed', stdout=StringIO(), stderr=errors)
    assert ('5 of 5 messages' in errors.getvalue()) is is_drawn
    assert errors.getvalue() == '' or is_drawn


def test_without_faker_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, 'realmate_challenge.webhook_api.management.cast', raising=False)
    monkeypatch.delitem(sys.modules, 'realmate_challenge.webhook_api.management.dialogue', raising=False)
    monkeypatch.setitem(sys.modules, 'faker', None)
    with pytest.raises(CommandError, match=r'^`seed` needs Faker, .+make install') as caught:
        seed()
    assert '\n' not in str(caught.value)


@pytest.fixture
def no_faker(tmp_path: Path) -> str:
    """A place on the path where Faker is, and cannot be imported."""
    (tmp_path / 'faker.py').write_text("raise ModuleNotFoundError(\"No module named 'faker'\", name='faker')\n")
    return str(tmp_path)


def test_typed_without_faker(no_faker: str) -> None:
    done = seed_by_hand(PYTHONPATH=no_faker)
    assert (done.returncode, done.stdout) == (1, '')
    assert re.fullmatch(r'CommandError: `seed` needs Faker, .+\n', done.stderr)


@pytest.mark.parametrize('database', ['sqlite:///{}/empty.sqlite3', 'postgres://nobody:none@127.0.0.1:1/none'])
def test_typed_without_a_database(tmp_path: Path, database: str) -> None:
    done = seed_by_hand(DATABASE_URL=database.format(tmp_path))
    assert (done.returncode, done.stdout) == (1, '')
    assert re.fullmatch(r'CommandError: Nothing was stored: .+ has `manage.py migrate` been run\?\n', done.stderr)
