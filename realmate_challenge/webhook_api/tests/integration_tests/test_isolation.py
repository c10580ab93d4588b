"""What two transactions on the same rows do to each other: step by step, with two connections, not by chance.

One runs in this thread, in a transaction held open; the other in a thread of its own, which is shown to wait.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import pytest
from django.db import connection, transaction

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import (
    Conversation,
    ConversationClosedError,
    ConversationErasedError,
    ConversationNotFoundError,
)
from realmate_challenge.webhook_api.entities.events import NewMessage, Outcome
from realmate_challenge.webhook_api.entities.message import Message, MessageAlreadyExistsError
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedFilter, UnappliedStatus
from realmate_challenge.webhook_api.repositories import messages
from realmate_challenge.webhook_api.tests.support.factories import (
    CLOSED_AT,
    ConversationFactory,
    MessageFactory,
    NewConversationFactory,
    NewMessageFactory,
)
from realmate_challenge.webhook_api.tests.support.fakes import Repositories, in_database
from realmate_challenge.webhook_api.tests.support.second_connection import PATIENCE, SecondConnection, assert_waits

pytestmark = pytest.mark.django_db(transaction=True)

on_postgresql: Final = pytest.mark.skipif(
    connection.vendor != 'postgresql', reason='SQLite has one writer, and no lock on rows'
)


@pytest.fixture
def other() -> Iterator[SecondConnection]:
    made = SecondConnection()
    yield made
    made.leave()


@pytest.fixture
def repositories() -> Repositories:
    return in_database()


@pytest.fixture
def conversation(repositories: Repositories) -> Conversation:
    conversation: Conversation = ConversationFactory.build()
    repositories.conversations.add(conversation)
    return conversation


def test_a_close_waits_for_a_message_begun_before(
    repositories: Repositories, conversation: Conversation, other: SecondConnection
) -> None:
    message = MessageFactory.build(conversation_id=conversation.id)

    with transaction.atomic():
        assert repositories.messages.add(message, accept_late=False)
        close = other.does(partial(repositories.conversations.close, conversation.id, CLOSED_AT))
        assert_waits(close)

    assert close.result(PATIENCE)
    assert repositories.messages.get(message.id) == message
    assert repositories.conversations.get(conversation.id) == replace(conversation, closed_at=CLOSED_AT)


@pytest.mark.parametrize('commits', [True, False], ids=['committed', 'rolled back'])
@pytest.mark.parametrize('accept_late', [False, True])
def test_a_message_waits_for_a_close_begun_before_and_sees_its_end(
    repositories: Repositories, conversation: Conversation, other: SecondConnection, *, accept_late: bool, commits: bool
) -> None:
    message: Message = MessageFactory.build(conversation_id=conversation.id, timestamp=CLOSED_AT)

    with transaction.atomic():
        assert repositories.conversations.close(conversation.id, CLOSED_AT)
        add = other.does(partial(repositories.messages.add, message, accept_late=accept_late))
        assert_waits(add)
        transaction.set_rollback(not commits)

    assert add.result(PATIENCE) is not commits
    assert (repositories.messages.get(message.id) is None) is commits


@pytest.mark.parametrize('commits', [True, False], ids=['committed', 'rolled back'])
def test_a_copy_of_a_message_waits_for_the_first(
    repositories: Repositories, conversation: Conversation, other: SecondConnection, *, commits: bool
) -> None:
    message: Message = MessageFactory.build(conversation_id=conversation.id)

    with transaction.atomic():
        assert repositories.messages.add(message, accept_late=False)
        copy = other.does(partial(repositories.messages.add, message, accept_late=False))
        assert_waits(copy)
        transaction.set_rollback(not commits)

    assert copy.result(PATIENCE) is not commits
    assert models.Message.objects.count() == 1


@pytest.mark.parametrize('is_same', [True, False], ids=['a copy', 'other content'])
def test_the_delivery_that_waited_says_what_it_is(
    repositories: Repositories, conversation: Conversation, other: SecondConnection, *, is_same: bool
) -> None:
    message: Message = MessageFactory.build(conversation_id=conversation.id)
    event = NewMessage(message=message if is_same else replace(message, content='other'))

    with transaction.atomic():
        assert repositories.messages.add(message, accept_late=False)
        second = other.does(partial(repositories.handle_webhook_event(), event))
        time.sleep(0.1)
        assert not second.done()

    if is_same:
        assert second.result(PATIENCE) is Outcome.REDELIVERED
    else:
        with pytest.raises(MessageAlreadyExistsError):
            second.result(PATIENCE)
    assert models.UnappliedEvent.objects.count() == (0 if is_same else 1)


@on_postgresql
def test_a_message_does_not_wait_for_an_opening_but_is_held(
    repositories: Repositories, other: SecondConnection
) -> None:
    """The opening sees it, since it looks once it has committed."""
    conversation: Conversation = ConversationFactory.build()
    event: NewMessage = NewMessageFactory.build(conversation_id=conversation.id)

    with transaction.atomic():
        repositories.conversations.add(conversation)
        delivery = other.does(partial(repositories.handle_webhook_event(), event))
        with pytest.raises(ConversationNotFoundError):
            delivery.result(PATIENCE)

    assert [held.event for held in repositories.unapplied_events.held_for(conversation.id)] == [event]


@pytest.mark.parametrize('commits', [True, False], ids=['committed', 'rolled back'])
def test_a_copy_of_an_opening_waits_for_the_first(
    repositories: Repositories, other: SecondConnection, *, commits: bool
) -> None:
    conversation: Conversation = ConversationFactory.build()

    with transaction.atomic():
        assert repositories.conversations.add(conversation)
        copy = other.does(partial(repositories.conversations.add, conversation))
        assert_waits(copy)
        transaction.set_rollback(not commits)

    assert copy.result(PATIENCE) is not commits
    assert models.Conversation.objects.count() == 1


def test_two_closes_of_different_times(
    repositories: Repositories, conversation: Conversation, other: SecondConnection
) -> None:
    with transaction.atomic():
        assert repositories.conversations.close(conversation.id, CLOSED_AT)
        second = other.does(partial(repositories.conversations.close, conversation.id, conversation.opened_at))
        assert_waits(second)

    assert second.result(PATIENCE) is False
    assert models.Conversation.objects.get().closed_at == CLOSED_AT


@on_postgresql
def test_without_the_shared_lock_a_closed_conversation_would_grow(
    repositories: Repositories, conversation: Conversation, other: SecondConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So FOR SHARE is needed: the foreign key's own lock lets the close pass a message that is not yet committed."""
    template = messages.INSERT.replace('{lock}', '')
    monkeypatch.setattr(messages, 'INSERT', template)
    messages.insert_statement.cache_clear()
    message: Message = MessageFactory.build(conversation_id=conversation.id)

    with transaction.atomic():
        assert repositories.messages.add(message, accept_late=False)
        assert other.does(partial(repositories.conversations.close, conversation.id, CLOSED_AT)).result(PATIENCE)
        seen = other.does(
            partial(repositories.conversations.read_page, conversation.id, offset=0, limit=1, newest_first=True)
        )
        transcript = seen.result(PATIENCE)
        assert transcript is not None
        assert (transcript.conversation.closed_at, transcript.message_count) == (CLOSED_AT, 0)

    # The conversation was read as closed and empty, and has a message now.
    assert repositories.messages.get(message.id) == message
    messages.insert_statement.cache_clear()


@on_postgresql
def test_with_it_a_reader_never_sees_that(
    repositories: Repositories, conversation: Conversation, other: SecondConnection
) -> None:
    message: Message = MessageFactory.build(conversation_id=conversation.id)

    with transaction.atomic():
        repositories.messages.add(message, accept_late=False)
        close = other.does(partial(repositories.conversations.close, conversation.id, CLOSED_AT))
        assert_waits(close)
        stored = repositories.conversations.get(conversation.id)
        assert stored is not None
        assert stored.closed_at is None

    assert close.result(PATIENCE)
    late = NewMessage(message=replace(message, id=conversation.id))
    with pytest.raises(ConversationClosedError):
        repositories.handle_webhook_event()(late)
    assert repositories.unapplied_events.count_unapplied(UnappliedFilter()) == 1


@on_postgresql
def test_an_event_that_is_pruned_while_it_is_recorded_again_is_kept(
    repositories: Repositories, other: SecondConnection
) -> None:
    """Between the two statements of the recording, which see that its row is there, and count it."""
    event: NewMessage = NewMessageFactory.build()
    record = partial(repositories.unapplied_events.record, event, status=UnappliedStatus.REFUSED, reason='WHY')
    record()
    prunings = iter([partial(repositories.unapplied_events.prune, datetime.now(UTC) + timedelta(1), held_too=True)])

    def prune_before_update(execute: Callable[..., object], sql: str, *rest: object) -> object:
        if sql.startswith('UPDATE'):
            for prune in prunings:
                assert other.does(prune).result(PATIENCE) == 1
        return execute(sql, *rest)

    with connection.execute_wrapper(prune_before_update):
        record()

    assert next(prunings, None) is None
    assert models.UnappliedEvent.objects.get().deliveries == 1


def assert_erased(repositories: Repositories, conversation: Conversation) -> None:
    """And nothing of it is left."""
    tables = (models.Conversation, models.Message, models.MessageCount, models.UnappliedEvent)
    assert not any(table.objects.exists() for table in tables)
    with pytest.raises(ConversationErasedError):
        repositories.conversations.get(conversation.id)


def erasure(repositories: Repositories, conversation: Conversation) -> Callable[[], bool]:
    def erase() -> bool:
        repositories.conversations.erase(conversation.id, CLOSED_AT)
        return True

    return erase


def test_an_erasure_waits_for_a_message_begun_before_and_erases_it(
    repositories: Repositories, conversation: Conversation, other: SecondConnection
) -> None:
    with transaction.atomic():
        assert repositories.messages.add(MessageFactory.build(conversation_id=conversation.id), accept_late=False)
        erase = other.does(erasure(repositories, conversation))
        assert_waits(erase)

    assert erase.result(PATIENCE)
    assert_erased(repositories, conversation)


@pytest.mark.parametrize('accept_late', [False, True])
def test_a_message_waits_for_an_erasure_begun_before_and_is_dropped(
    repositories: Repositories, conversation: Conversation, other: SecondConnection, *, accept_late: bool
) -> None:
    event: NewMessage = NewMessageFactory.build(conversation_id=conversation.id)
    handle = repositories.handle_webhook_event(accept_late=accept_late)

    with transaction.atomic():
        repositories.conversations.erase(conversation.id, CLOSED_AT)
        delivery = other.does(lambda: handle(event) is Outcome.DROPPED)
        assert_waits(delivery)

    assert delivery.result(PATIENCE)
    assert_erased(repositories, conversation)


def test_an_erasure_waits_for_an_opening_begun_before_and_erases_it(
    repositories: Repositories, other: SecondConnection
) -> None:
    conversation: Conversation = ConversationFactory.build()

    with transaction.atomic():
        assert repositories.conversations.add(conversation)
        erase = other.does(erasure(repositories, conversation))
        assert_waits(erase)

    assert erase.result(PATIENCE)
    assert_erased(repositories, conversation)


def test_an_opening_waits_for_an_erasure_begun_before_and_is_dropped(
    repositories: Repositories, other: SecondConnection
) -> None:
    conversation: Conversation = ConversationFactory.build()
    event = NewConversationFactory.build(conversation_id=conversation.id, timestamp=conversation.opened_at)

    with transaction.atomic():
        repositories.conversations.erase(conversation.id, CLOSED_AT)
        delivery = other.does(lambda: repositories.handle_webhook_event()(event) is Outcome.DROPPED)
        assert_waits(delivery)

    assert delivery.result(PATIENCE)
    assert_erased(repositories, conversation)


@on_postgresql
def test_an_event_that_is_held_before_an_erasure_commits_is_erased_too(
    repositories: Repositories, other: SecondConnection
) -> None:
    """It sees no tombstone yet, and the erasure has deleted the kept events already."""
    conversation: Conversation = ConversationFactory.build()
    event: NewMessage = NewMessageFactory.build(conversation_id=conversation.id)

    with transaction.atomic():
        repositories.conversations.erase(conversation.id, CLOSED_AT)
        with pytest.raises(ConversationNotFoundError):
            other.does(partial(repositories.handle_webhook_event(), event)).result(PATIENCE)
        assert models.UnappliedEvent.objects.exists()

    assert_erased(repositories, conversation)
