"""`MessageRepository`, held by every implementation."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from realmate_challenge.webhook_api.entities.message import MAX_CONTENT_LENGTH, Message, MessageDirection
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT, ConversationFactory, MessageFactory
from realmate_challenge.webhook_api.tests.support.fakes import Repositories
from realmate_challenge.webhook_api.tests.support.threads import run_together

TEXTS = [
    pytest.param(' leading, and trailing \n', id='white space'),
    pytest.param('line\r\nline\rline\n\tend', id='newlines'),
    pytest.param('👩‍👩‍👧‍👦🏳️‍🌈 e\u0301 é', id='emoji and combining characters'),
    pytest.param('مرحبا \u202eabc\u202c שלום', id='right to left'),
    pytest.param("'; DROP TABLE x; -- %s %(a)s \\ \x01\x7f", id='characters with meanings'),
    pytest.param('😀' * MAX_CONTENT_LENGTH, id='as long as it gets'),
]


def opened(repositories: Repositories, *, closed: bool = False) -> UUID:
    conversation = ConversationFactory.build()
    repositories.conversations.add(conversation)
    if closed:
        repositories.conversations.close(conversation.id, CLOSED_AT)
    return conversation.id


@pytest.mark.parametrize('accept_late', [False, True])
def test_an_open_conversation_takes_a_message(repositories: Repositories, *, accept_late: bool) -> None:
    message = MessageFactory.build(conversation_id=opened(repositories))

    assert repositories.messages.add(message, accept_late=accept_late) is True
    assert repositories.messages.get(message.id) == message


@pytest.mark.parametrize('accept_late', [False, True])
def test_without_a_conversation_nothing_is_stored(repositories: Repositories, *, accept_late: bool) -> None:
    opened(repositories)
    message = MessageFactory.build()

    assert repositories.messages.add(message, accept_late=accept_late) is False
    assert repositories.messages.get(message.id) is None


@pytest.mark.parametrize(
    ('sent_after_close', 'accept_late', 'is_stored'),
    [
        (timedelta(microseconds=-1), False, False),
        (timedelta(microseconds=-1), True, True),
        (timedelta(0), True, False),
        (timedelta(microseconds=1), True, False),
        (timedelta(microseconds=1), False, False),
    ],
)
def test_a_closed_conversation_takes_what_was_sent_before_its_end_if_late_messages_count(
    repositories: Repositories, *, sent_after_close: timedelta, accept_late: bool, is_stored: bool
) -> None:
    message = MessageFactory.build(
        conversation_id=opened(repositories, closed=True), timestamp=CLOSED_AT + sent_after_close
    )

    assert repositories.messages.add(message, accept_late=accept_late) is is_stored
    assert repositories.messages.get(message.id) == (message if is_stored else None)


def test_a_taken_id_is_left_alone(repositories: Repositories) -> None:
    first = MessageFactory.build(conversation_id=opened(repositories))
    repositories.messages.add(first, accept_late=False)

    assert repositories.messages.add(replace(first, content='other'), accept_late=False) is False
    assert repositories.messages.add(replace(first, conversation_id=opened(repositories)), accept_late=False) is False
    assert repositories.messages.add(first, accept_late=False) is False
    assert repositories.messages.get(first.id) == first


@pytest.mark.parametrize('content', TEXTS)
def test_text_comes_back_exactly(repositories: Repositories, content: str) -> None:
    message = MessageFactory.build(conversation_id=opened(repositories), content=content)

    repositories.messages.add(message, accept_late=False)

    stored = repositories.messages.get(message.id)
    assert stored is not None
    assert stored.content == content


@pytest.mark.parametrize('direction', MessageDirection)
def test_both_directions_are_kept(repositories: Repositories, direction: MessageDirection) -> None:
    message = MessageFactory.build(conversation_id=opened(repositories), direction=direction)

    repositories.messages.add(message, accept_late=False)

    stored = repositories.messages.get(message.id)
    assert stored is not None
    assert stored.direction is direction


def test_an_unknown_message_is_none(repositories: Repositories) -> None:
    assert repositories.messages.get(uuid4()) is None


def test_of_copies_added_at_once_one_is_stored(shared_repositories: Repositories) -> None:
    message = MessageFactory.build(conversation_id=opened(shared_repositories))
    stored = run_together([partial(shared_repositories.messages.add, message, accept_late=False)] * 8)

    assert sorted(stored) == [False] * 7 + [True]


def test_a_racing_close_comes_wholly_before_a_message_or_wholly_after(shared_repositories: Repositories) -> None:
    conversation_id = opened(shared_repositories)
    messages: list[Message] = MessageFactory.build_batch(7, conversation_id=conversation_id)
    calls = [partial(shared_repositories.messages.add, message, accept_late=False) for message in messages]
    calls.insert(3, partial(shared_repositories.conversations.close, conversation_id, CLOSED_AT))

    results = run_together(calls)

    assert results.pop(3) is True
    kept = [shared_repositories.messages.get(message.id) is not None for message in messages]
    assert kept == results
    late = MessageFactory.build(conversation_id=conversation_id)
    assert shared_repositories.messages.add(late, accept_late=False) is False
