"""`manage.py replay_events`."""

import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Final
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import ConversationStatus
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
from realmate_challenge.webhook_api.use_cases.replay_events import RESULTS, ReplayEvents, ReplayResult

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures('backlog')]

OPEN_ID: Final = UUID(int=1)
CLOSED_ID: Final = UUID(int=2)
UNKNOWN_ID: Final = UUID(int=3)
ERASED_ID: Final = UUID(int=4)
HELD, REFUSED, _, APPLIED, _ = UnappliedStatus


@pytest.fixture
def backlog() -> None:
    """Keep five held events and three refused ones, of which one was sent before its conversation closed."""
    repositories = in_database()
    for event in (
        NewMessageFactory.build(conversation_id=OPEN_ID, timestamp=sent_at(0)),
        CloseConversationFactory.build(conversation_id=OPEN_ID),
        NewMessageFactory.build(conversation_id=UNKNOWN_ID),
        NewConversationFactory.build(conversation_id=CLOSED_ID),
        (stored := NewMessageFactory.build(conversation_id=CLOSED_ID, timestamp=sent_at(0))),
        CloseConversationFactory.build(conversation_id=CLOSED_ID),
        NewMessageFactory.build(conversation_id=CLOSED_ID, timestamp=sent_at(1)),
        NewMessageFactory.build(conversation_id=CLOSED_ID, timestamp=CLOSED_AT + timedelta(hours=1)),
        CloseConversationFactory.build(conversation_id=CLOSED_ID, timestamp=sent_at(1)),
    ):
        is_acknowledged(repositories.handle_webhook_event(), event)
    models.Conversation.objects.create(id=OPEN_ID, status=ConversationStatus.OPEN, opened_at=OPENED_AT)
    repositories.conversations.erase(ERASED_ID, CLOSED_AT)
    # A delivery that fails between holding its event and applying it leaves it held.
    for event in (stored, NewMessageFactory.build(conversation_id=ERASED_ID)):
        repositories.unapplied_events.record(event, status=HELD, reason='CONVERSATION_NOT_FOUND')


def replay(*flags: str) -> dict[str, list[int]]:
    """Return the printed table: for each event type, the number of events for each result."""
    out = StringIO()
    call_command('replay_events', *flags, stdout=out)
    header, *rows, total = out.getvalue().splitlines()[:6]
    assert re.split(r'\s{2,}', header.strip()) == list(RESULTS)
    table = {name: [int(cell) for cell in cells] for name, *cells in map(str.split, rows)}
    assert total == f'{sum(map(sum, table.values()))} events retried.'
    return table


def statuses() -> list[str]:
    return list(models.UnappliedEvent.objects.order_by('id').values_list('status', flat=True))


def test_every_event_is_retried_and_counted_by_result() -> None:
    assert replay() == {
        'NEW_CONVERSATION': [0, 0, 0, 0, 0, 0],
        'NEW_MESSAGE': [1, 1, 1, 1, 2, 0],
        'CLOSE_CONVERSATION': [1, 0, 0, 0, 1, 0],
        '(unknown)': [0, 0, 0, 0, 0, 0],
    }
    assert statuses() == [APPLIED, APPLIED, HELD, REFUSED, REFUSED, REFUSED, APPLIED]
    assert models.Conversation.objects.get(id=OPEN_ID).closed_at == CLOSED_AT
    assert models.Message.objects.filter(conversation_id=OPEN_ID).count() == 1

    assert replay()['NEW_MESSAGE'] == [0, 0, 0, 1, 2, 0]


def test_events_that_wait_for_their_conversation_cost_no_statements() -> None:
    repository = in_database().unapplied_events
    for _ in range(250):
        repository.record(NewMessageFactory.build(), status=HELD, reason='CONVERSATION_NOT_FOUND')

    with CaptureQueriesContext(connection) as statements:
        assert replay('--held')['NEW_MESSAGE'][3] == 251

    # The four events of existing conversations cost some.
    assert len(statements) < 40


@pytest.mark.parametrize(('flags', 'setting'), [(['--accept-late'], False), ([], True)])
def test_late_messages_are_stored_by_flag_or_setting(settings: Settings, flags: list[str], *, setting: bool) -> None:
    settings.WEBHOOK_ACCEPT_LATE_MESSAGES = setting

    assert replay('--reason', 'CONVERSATION_CLOSED', *flags)['NEW_MESSAGE'] == [1, 0, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ('flags', 'retried'),
    [
        ([], 8),
        (['--held'], 5),
        (['--conversation', str(CLOSED_ID).replace('-', '').upper()], 4),
        (['--reason', 'CONVERSATION_CLOSED'], 3),
        (['--reason', 'CONVERSATION_CLOSED', '--held'], 0),
    ],
)
def test_flags_choose_events(flags: list[str], retried: int) -> None:
    out, before = StringIO(), statuses()
    call_command('replay_events', '--dry-run', *flags, stdout=out)

    assert out.getvalue() == f'{retried} events would be retried. Nothing was changed.\n'
    assert statuses() == before
    assert sum(map(sum, replay(*flags).values())) == retried


@pytest.mark.parametrize('wrong', ['', 'x', f'{{{OPEN_ID}}}'])
def test_a_wrong_id_is_refused(wrong: str) -> None:
    with pytest.raises(CommandError, match=re.escape(f'--conversation: invalid uuid value: {wrong!r}')):
        call_command('replay_events', '--conversation', wrong)


def test_the_table_is_printed_if_the_database_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    complete = ReplayEvents.__call__

    def fail(self: ReplayEvents, wanted: UnappliedFilter) -> Iterator[tuple[UnappliedEvent, ReplayResult]]:
        yield next(iter(complete(self, wanted)))
        message = 'server closed the connection\n\tunexpectedly'
        raise OperationalError(message)

    monkeypatch.setattr(ReplayEvents, '__call__', fail)
    out = StringIO()

    with pytest.raises(OperationalError, match='server closed the connection'):
        call_command('replay_events', stdout=out)
    assert out.getvalue().endswith('1 events retried.\n')
