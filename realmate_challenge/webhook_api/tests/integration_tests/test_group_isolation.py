"""Messages that are written together while other transactions change their conversations."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pytest
from django.db import IntegrityError, connection, transaction

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import ConversationAwaitedError, ConversationClosedError
from realmate_challenge.webhook_api.entities.events import NewMessage, Outcome
from realmate_challenge.webhook_api.entities.message import Message, MessageAlreadyExistsError
from realmate_challenge.webhook_api.repositories.messages import group_commit
from realmate_challenge.webhook_api.tests.support.factories import (
    CLOSED_AT,
    ConversationRowFactory,
    MessageFactory,
    MessageRowFactory,
)
from realmate_challenge.webhook_api.tests.support.fakes import in_database
from realmate_challenge.webhook_api.tests.support.second_connection import (
    TIMEOUT_SECONDS,
    SecondConnection,
    assert_waits,
)
from realmate_challenge.webhook_api.tests.support.threads import wait_for_queue

pytestmark = pytest.mark.django_db(transaction=True)

type Start = Callable[[Callable[[], object]], Future[object]]

APPLIED, REDELIVERED = Outcome.APPLIED, Outcome.REDELIVERED


@pytest.fixture
def start() -> Iterator[Start]:
    """Run each call in a thread of its own, with a connection of its own."""
    connections: list[SecondConnection] = []

    def start_call(call: Callable[[], object]) -> Future[object]:
        connections.append(SecondConnection())
        return connections[-1].start(call)

    yield start_call
    for each in connections:
        each.close()


@pytest.fixture
def conversations() -> list[models.Conversation]:
    return [ConversationRowFactory.create() for _ in range(2)]


def deliver(message: Message) -> object:
    """Return the outcome, or the type of the error."""
    try:
        return in_database().handle_webhook_event()(NewMessage(message=message))
    except DomainError as error:
        return type(error)


def outcomes(futures: list[Future[object]]) -> list[Any]:
    return [future.result(TIMEOUT_SECONDS) for future in futures]


# The outcomes of the first message, which waits for its copy in the transaction, and then of one group: a message of
# the open conversation, one of the conversation that the transaction closes, a copy, another message with the same id,
# and a message without a conversation.
AFTER_COMMIT: Final = [
    REDELIVERED,
    APPLIED,
    ConversationClosedError,
    REDELIVERED,
    MessageAlreadyExistsError,
    ConversationAwaitedError,
]
AFTER_ROLLBACK: Final = [APPLIED, APPLIED, APPLIED, REDELIVERED, MessageAlreadyExistsError, ConversationAwaitedError]


@pytest.mark.parametrize('commits', [True, False], ids=['committed', 'rolled back'])
def test_a_close_races_a_group(start: Start, conversations: list[models.Conversation], *, commits: bool) -> None:
    open_id, closing_id = (row.id for row in conversations)
    first, second = MessageFactory.build_batch(2, conversation_id=open_id)
    of_closing = MessageFactory.build(conversation_id=closing_id)
    others = [second, of_closing, second, replace(second, content='other'), MessageFactory.build()]

    with transaction.atomic():
        assert deliver(first) is APPLIED
        assert in_database().conversations.close(closing_id, CLOSED_AT)
        results = [start(partial(deliver, first))]
        assert_waits(results[0])
        for number, message in enumerate(others, start=1):
            results.append(start(partial(deliver, message)))
            wait_for_queue(group_commit(accept_late=False), number)
        transaction.set_rollback(not commits)

    assert outcomes(results) == (AFTER_COMMIT if commits else AFTER_ROLLBACK)
    stored = set(models.Message.objects.values_list('id', flat=True))
    assert stored == {first.id, second.id} | (set() if commits else {of_closing.id})
    assert sum(models.MessageCount.objects.values_list('messages', flat=True)) == len(stored)
    assert models.Message.objects.get(id=second.id).content == second.content


@pytest.mark.skipif(connection.vendor != 'postgresql', reason='SQLite has one writer and no row locks')
def test_a_message_that_waits_for_a_conversation_holds_up_no_other(
    start: Start, conversations: list[models.Conversation]
) -> None:
    open_id, closing_id = (row.id for row in conversations)

    with transaction.atomic():
        assert in_database().conversations.close(closing_id, CLOSED_AT)
        waiting = [start(partial(deliver, MessageFactory.build(conversation_id=closing_id))) for _ in range(3)]
        for each in waiting:
            assert_waits(each)
        others = [start(partial(deliver, MessageFactory.build(conversation_id=open_id))) for _ in range(3)]
        assert outcomes(others) == [APPLIED] * 3

    assert outcomes(waiting) == [ConversationClosedError] * 3


def test_a_message_that_the_database_refuses_spoils_no_other(
    start: Start, conversations: list[models.Conversation]
) -> None:
    """The second message breaks a constraint, and with it the statement of its group."""
    messages = MessageFactory.build_batch(4, conversation_id=conversations[0].id)
    messages[2] = replace(messages[2], direction='SIDEWAYS')  # type: ignore[arg-type]  # on purpose
    add = in_database().messages.add

    with transaction.atomic():
        MessageRowFactory.create(id=messages[0].id, conversation=conversations[0])
        results = [start(partial(add, messages[0], accept_late=False))]
        assert_waits(results[0])
        for number, message in enumerate(messages[1:], start=1):
            results.append(start(partial(add, message, accept_late=False)))
            wait_for_queue(group_commit(accept_late=False), number)

    errors = [type(future.exception(TIMEOUT_SECONDS)) for future in results]
    assert errors == [type(None), type(None), IntegrityError, type(None)]
    assert set(models.Message.objects.values_list('id', flat=True)) == {messages[number].id for number in (0, 1, 3)}
