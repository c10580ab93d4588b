"""Two transactions on the same rows, step by step on two connections.

The first runs in this thread and stays open; the second runs in another thread and must wait for the first.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Final

import pytest
from django.db import connection, transaction

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import ConversationAwaitedError, ConversationClosedError
from realmate_challenge.webhook_api.entities.events import Outcome, WebhookEvent
from realmate_challenge.webhook_api.tests.support.factories import (
    CLOSED_AT,
    CloseConversationFactory,
    NewConversationFactory,
    NewMessageFactory,
)
from realmate_challenge.webhook_api.tests.support.fakes import Repositories, in_database
from realmate_challenge.webhook_api.tests.support.second_connection import (
    TIMEOUT_SECONDS,
    SecondConnection,
    assert_waits,
)

type Step = Callable[[Repositories], object]

pytestmark = pytest.mark.django_db(transaction=True)

on_postgresql: Final = pytest.mark.skipif(
    connection.vendor != 'postgresql', reason='SQLite has one writer and no row locks'
)


def delivery(event: WebhookEvent, *, accept_late: bool = False) -> Step:
    """Return a step that handles the event and returns its outcome, or the type of the error."""

    def deliver(repositories: Repositories) -> object:
        try:
            return repositories.handle_webhook_event(accept_late=accept_late)(event)
        except DomainError as error:
            return type(error)

    return deliver


def erasure(repositories: Repositories) -> object:
    repositories.conversations.erase(OPENING.conversation_id, CLOSED_AT)
    return Outcome.APPLIED


def look_up(repositories: Repositories) -> object:
    """Look up the conversation as the delivery of a copy does, which locks its row."""
    return Outcome.REDELIVERED if repositories.conversations.get(OPENING.conversation_id) else None


OPENING: Final = NewConversationFactory.build()
SAME: Final = {'conversation_id': OPENING.conversation_id}
AFTER_CLOSE: Final = CLOSED_AT + timedelta(seconds=1)

opening: Final = delivery(OPENING)
message: Final = delivery(NewMessageFactory.build(**SAME))
late_message: Final = delivery(NewMessageFactory.build(**SAME, timestamp=AFTER_CLOSE), accept_late=True)
close: Final = delivery(CloseConversationFactory.build(**SAME))
other_close: Final = delivery(CloseConversationFactory.build(**SAME, timestamp=AFTER_CLOSE))

APPLIED, REDELIVERED, DROPPED = Outcome.APPLIED, Outcome.REDELIVERED, Outcome.DROPPED
CLOSED_ERROR: Final = ConversationClosedError
# The steps before, the first, the second; then, after a commit and after a rollback of the first: the outcome of the
# second, the status of the conversation, and the numbers of messages and of kept events.
PAIRS: Final = {
    'close after message': ([opening], message, close, (APPLIED, 'CLOSED', 1, 0), (APPLIED, 'CLOSED', 0, 0)),
    'message after close': ([opening], close, message, (CLOSED_ERROR, 'CLOSED', 0, 1), (APPLIED, 'OPEN', 1, 0)),
    'late message': ([opening], close, late_message, (CLOSED_ERROR, 'CLOSED', 0, 1), (APPLIED, 'OPEN', 1, 0)),
    'copy of a message': ([opening], message, message, (REDELIVERED, 'OPEN', 1, 0), (APPLIED, 'OPEN', 1, 0)),
    'copy of an opening': ([], opening, opening, (REDELIVERED, 'OPEN', 0, 0), (APPLIED, 'OPEN', 0, 0)),
    'copy of a close': ([opening], close, close, (REDELIVERED, 'CLOSED', 0, 0), (APPLIED, 'CLOSED', 0, 0)),
    'other close': ([opening], close, other_close, (CLOSED_ERROR, 'CLOSED', 0, 1), (APPLIED, 'CLOSED', 0, 0)),
    'erasure after message': ([opening], message, erasure, (APPLIED, 'ERASED', 0, 0), (APPLIED, 'ERASED', 0, 0)),
    'message after erasure': ([opening], erasure, message, (DROPPED, 'ERASED', 0, 0), (APPLIED, 'OPEN', 1, 0)),
    'late after erasure': ([opening], erasure, late_message, (DROPPED, 'ERASED', 0, 0), (APPLIED, 'OPEN', 1, 0)),
    'erasure after opening': ([], opening, erasure, (APPLIED, 'ERASED', 0, 0), (APPLIED, 'ERASED', 0, 0)),
    'opening after erasure': ([], erasure, opening, (DROPPED, 'ERASED', 0, 0), (APPLIED, 'OPEN', 0, 0)),
}


@pytest.fixture
def second_connection() -> Iterator[SecondConnection]:
    made = SecondConnection()
    yield made
    made.close()


def stored() -> tuple[str, int, int]:
    statuses = models.Conversation.with_tombstones.values_list('status', flat=True)
    messages = models.Message.objects.count()
    assert sum(models.MessageCount.objects.values_list('messages', flat=True)) == messages
    return statuses.get(), messages, models.UnappliedEvent.objects.count()


@pytest.mark.parametrize('commits', [True, False], ids=['committed', 'rolled back'])
@pytest.mark.parametrize('pair', PAIRS)
def test_second_waits_for_the_first_and_sees_its_end(
    second_connection: SecondConnection, pair: str, *, commits: bool
) -> None:
    repositories = in_database()
    earlier, first, second, after_commit, after_rollback = PAIRS[pair]
    for step in earlier:
        step(repositories)

    with transaction.atomic():
        assert first(repositories) is APPLIED
        result = second_connection.start(partial(second, repositories))
        assert_waits(result)
        transaction.set_rollback(not commits)

    assert (result.result(TIMEOUT_SECONDS), *stored()) == (after_commit if commits else after_rollback)


@on_postgresql
def test_message_does_not_wait_for_an_opening_but_is_held(second_connection: SecondConnection) -> None:
    """The opening applies held events after its commit."""
    repositories = in_database()

    with transaction.atomic():
        assert opening(repositories) is APPLIED
        result = second_connection.start(partial(message, repositories)).result(TIMEOUT_SECONDS)

    assert result is ConversationAwaitedError
    assert stored() == ('OPEN', 0, 1)


@on_postgresql
def test_event_that_is_held_before_an_erasure_commits_is_erased_too(second_connection: SecondConnection) -> None:
    """The event sees no tombstone yet, and the erasure has already deleted the kept events."""
    repositories = in_database()

    with transaction.atomic():
        erasure(repositories)
        result = second_connection.start(partial(message, repositories)).result(TIMEOUT_SECONDS)
        assert result is ConversationAwaitedError
        assert models.UnappliedEvent.objects.exists()

    assert stored() == ('ERASED', 0, 0)


@on_postgresql
@pytest.mark.parametrize('other', [message, close], ids=['message', 'close'])
@pytest.mark.parametrize('is_first', [True, False], ids=['look-up first', 'look-up second'])
def test_look_up_of_a_copy_and_another_event_do_not_wait_for_each_other(
    second_connection: SecondConnection, other: Step, *, is_first: bool
) -> None:
    """The look-up locks the conversation FOR KEY SHARE; a message locks it FOR SHARE, and a close updates it."""
    repositories = in_database()
    opening(repositories)
    first, second = (look_up, other) if is_first else (other, look_up)

    with transaction.atomic():
        outcomes = first(repositories), second_connection.start(partial(second, repositories)).result(TIMEOUT_SECONDS)

    assert outcomes == ((REDELIVERED, APPLIED) if is_first else (APPLIED, REDELIVERED))
