"""`manage.py replay_events`."""

import re
from collections.abc import Iterator
from io import StringIO
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from pytest_django import Settings

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import ConversationStatus
from realmate_challenge.webhook_api.entities.events import WebhookEvent
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedEvent, UnappliedFilter, UnappliedStatus
from realmate_challenge.webhook_api.tests.support.factories import (
    CLOSED_AT,
    OPENED_AT,
    CloseConversationFactory,
    NewConversationFactory,
    NewMessageFactory,
    sent_at,
)
from realmate_challenge.webhook_api.tests.support.fakes import in_database
from realmate_challenge.webhook_api.tests.support.histories import is_acknowledged
from realmate_challenge.webhook_api.use_cases.replay_events import ReplayEvents, ReplayResult

pytestmark = pytest.mark.django_db

OPEN_ID: Final = UUID(int=1)
CLOSED_ID: Final = UUID(int=2)
UNKNOWN_ID: Final = UUID(int=3)
HELD, REFUSED, APPLIED, DISMISSED = UnappliedStatus

type Table = dict[str, list[int]]


def deliver(*events: WebhookEvent) -> None:
    for event in events:
        is_acknowledged(in_database().handle_webhook_event(), event)


@pytest.fixture
def backlog() -> None:
    """Held: two for a conversation that opened unseen, one for one that never came. Refused: a late message, a close.

    And a message sent after its conversation closed, which is late for good.
    """
    deliver(
        NewMessageFactory.build(conversation_id=OPEN_ID, timestamp=sent_at(0)),
        CloseConversationFactory.build(conversation_id=OPEN_ID),
        NewMessageFactory.build(conversation_id=UNKNOWN_ID),
        NewConversationFactory.build(conversation_id=CLOSED_ID),
        CloseConversationFactory.build(conversation_id=CLOSED_ID),
        NewMessageFactory.build(conversation_id=CLOSED_ID, timestamp=sent_at(0)),
        NewMessageFactory.build(conversation_id=CLOSED_ID, timestamp=CLOSED_AT),
        CloseConversationFactory.build(conversation_id=CLOSED_ID, timestamp=sent_at(1)),
    )
    models.Conversation.objects.create(id=OPEN_ID, status=ConversationStatus.OPEN, opened_at=OPENED_AT)


def replay(*flags: str) -> Table:
    """What the table says: for each event type, the number of events for each result."""
    out = StringIO()
    call_command('replay_events', *flags, stdout=out)
    header, *rows, total = out.getvalue().splitlines()
    assert re.split(r'\s{2,}', header.strip()) == list(ReplayResult)
    table = {name: [int(cell) for cell in cells] for name, *cells in map(str.split, rows)}
    assert total == f'{sum(map(sum, table.values()))} events retried.'
    assert list(table) == ['NEW_CONVERSATION', 'NEW_MESSAGE', 'CLOSE_CONVERSATION']
    return table


def statuses() -> dict[UUID, list[str]]:
    rows = models.UnappliedEvent.objects.order_by('event_timestamp', 'id')
    return {
        conversation_id: list(rows.filter(conversation_id=conversation_id).values_list('status', flat=True))
        for conversation_id in (OPEN_ID, CLOSED_ID, UNKNOWN_ID)
    }


@pytest.mark.usefixtures('backlog')
def test_everything_is_tried_and_told() -> None:
    table = replay()

    assert table == {
        'NEW_CONVERSATION': [0, 0, 0, 0, 0],
        'NEW_MESSAGE': [1, 0, 1, 2, 0],
        'CLOSE_CONVERSATION': [1, 0, 0, 1, 0],
    }
    assert statuses() == {OPEN_ID: [APPLIED] * 2, CLOSED_ID: [REFUSED] * 3, UNKNOWN_ID: [HELD]}
    assert models.Conversation.objects.get(id=OPEN_ID).closed_at == CLOSED_AT
    assert models.Message.objects.filter(conversation_id=OPEN_ID).count() == 1
    assert models.UnappliedEvent.objects.filter(status=APPLIED, applied_at=None).count() == 0


@pytest.mark.usefixtures('backlog')
def test_running_it_twice_changes_nothing_more() -> None:
    replay()
    rows = list(models.UnappliedEvent.objects.order_by('id').values())

    assert replay()['NEW_MESSAGE'] == [0, 0, 1, 2, 0]
    assert list(models.UnappliedEvent.objects.order_by('id').values()) == rows


@pytest.mark.usefixtures('backlog')
def test_what_was_stored_meanwhile_is_told_as_such() -> None:
    for kept in in_database().unapplied_events.held_for(OPEN_ID):
        in_database().handle_webhook_event().apply(kept.event)

    assert replay('--conversation', str(OPEN_ID)) == {
        'NEW_CONVERSATION': [0, 0, 0, 0, 0],
        'NEW_MESSAGE': [0, 1, 0, 0, 0],
        'CLOSE_CONVERSATION': [0, 1, 0, 0, 0],
    }
    assert statuses()[OPEN_ID] == [APPLIED] * 2


def test_an_event_of_an_erased_conversation_is_dropped() -> None:
    """As a delivery leaves it that dies between holding an event and trying again, while the conversation is erased."""
    event = NewMessageFactory.build(conversation_id=UNKNOWN_ID)
    in_database().conversations.erase(UNKNOWN_ID, CLOSED_AT)
    in_database().unapplied_events.record(event, status=HELD, reason='CONVERSATION_NOT_FOUND')

    assert replay()['NEW_MESSAGE'] == [0, 0, 0, 0, 1]
    assert not models.UnappliedEvent.objects.exists()


@pytest.mark.usefixtures('backlog')
@pytest.mark.parametrize('by_flag', [True, False])
def test_late_messages_are_stored_if_told_so(settings: Settings, *, by_flag: bool) -> None:
    settings.WEBHOOK_ACCEPT_LATE_MESSAGES = not by_flag

    assert replay(*(['--accept-late'] if by_flag else []))['NEW_MESSAGE'] == [2, 0, 1, 1, 0]
    assert models.Message.objects.filter(conversation_id=CLOSED_ID).count() == 1


@pytest.mark.usefixtures('backlog')
@pytest.mark.parametrize(
    ('flags', 'tried'),
    [
        ([], 6),
        (['--held'], 3),
        (['--conversation', str(CLOSED_ID)], 3),
        (['--conversation', str(CLOSED_ID).replace('-', '').upper()], 3),
        (['--conversation', str(uuid4())], 0),
        (['--reason', 'CONVERSATION_CLOSED'], 3),
        (['--reason', 'CONVERSATION_NOT_FOUND'], 3),
        (['--reason', 'CONVERSATION_CLOSED', '--held'], 0),
        (['--reason', 'CONVERSATION_CLOSED', '--conversation', str(OPEN_ID)], 0),
        (['--reason', 'NO_SUCH_REASON'], 0),
    ],
)
def test_flags_choose_what_is_tried(flags: list[str], tried: int) -> None:
    out = StringIO()
    before = list(models.UnappliedEvent.objects.order_by('id').values())
    call_command('replay_events', '--dry-run', *flags, stdout=out)

    assert out.getvalue() == f'{tried} events would be retried. Nothing was changed.\n'
    assert list(models.UnappliedEvent.objects.order_by('id').values()) == before
    assert not models.Message.objects.exists()
    assert sum(map(sum, replay(*flags).values())) == tried


@pytest.mark.usefixtures('backlog')
def test_what_was_dismissed_is_let_alone() -> None:
    in_database().unapplied_events.dismiss(UnappliedFilter())

    assert sum(map(sum, replay().values())) == 0
    assert statuses()[OPEN_ID] == [DISMISSED] * 2


@pytest.mark.parametrize('wrong', ['', 'x', '123', str(OPEN_ID)[:-1], f'{{{OPEN_ID}}}'])
def test_no_uuid_is_one_line(wrong: str) -> None:
    with pytest.raises(CommandError, match=re.escape(f'--conversation: invalid uuid value: {wrong!r}')):
        call_command('replay_events', '--conversation', wrong)


@pytest.mark.usefixtures('backlog')
def test_a_database_that_goes_away_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was tried is told all the same."""
    honest = ReplayEvents.__call__

    def interrupted(self: ReplayEvents, *args: Any) -> Iterator[tuple[UnappliedEvent, ReplayResult]]:  # noqa: ANN401 - as it was called
        yield next(iter(honest(self, *args)))
        message = 'server closed the connection\n\tunexpectedly'
        raise OperationalError(message)

    monkeypatch.setattr(ReplayEvents, '__call__', interrupted)
    out = StringIO()

    with pytest.raises(CommandError, match=r'^Stopped: server closed the connection unexpectedly Completed'):
        call_command('replay_events', stdout=out)
    assert out.getvalue().endswith('1 events retried.\n')
