"""The contracts of the repositories for conversations and messages, in memory and on the database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import attrgetter
from random import Random
from typing import Final
from uuid import UUID, uuid4

import pytest

from realmate_challenge.webhook_api.entities.conversation import Conversation, ConversationStatus
from realmate_challenge.webhook_api.entities.message import MAX_CONTENT_LENGTH, Message, MessageDirection
from realmate_challenge.webhook_api.entities.pages import ConversationFilter, ConversationSummary, Transcript
from realmate_challenge.webhook_api.tests.support.factories import (
    CLOSED_AT,
    OPENED_AT,
    ConversationFactory,
    MessageFactory,
    sent_at,
)
from realmate_challenge.webhook_api.tests.support.fakes import Repositories
from realmate_challenge.webhook_api.tests.support.threads import run_together

MICROSECOND: Final = timedelta(microseconds=1)
FIRST_INSTANT: Final = datetime(1, 1, 1, tzinfo=UTC)
LAST_INSTANT: Final = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
TEXTS: Final = {
    'white space': ' leading, and trailing \n',
    'newlines': 'line\r\nline\rline\n\tend',
    'emoji and combining characters': '👩‍👩‍👧‍👦🏳️‍🌈 e\u0301 é',
    'right to left': 'مرحبا \u202eabc\u202c שלום',
    'characters with meanings': "'; DROP TABLE x; -- %s %(a)s \\ \x01\x7f",
    'maximum length': '😀' * MAX_CONTENT_LENGTH,
}


def opened(
    repositories: Repositories, *, opened_at: datetime = OPENED_AT, closed_at: datetime | None = None, messages: int = 0
) -> Conversation:
    conversation: Conversation = ConversationFactory.build(opened_at=opened_at, closed_at=closed_at)
    repositories.conversations.add(replace(conversation, closed_at=None))
    for number in range(messages):
        message = MessageFactory.build(conversation_id=conversation.id, timestamp=sent_at(number))
        repositories.messages.add(message, accept_late=False)
    if closed_at:
        repositories.conversations.close(conversation.id, closed_at)
    return conversation


def read(repositories: Repositories, conversation_id: UUID, offset: int = 0, limit: int = 100) -> list[Message]:
    transcript = repositories.conversations.read_page(conversation_id, offset=offset, limit=limit, newest_first=False)
    assert transcript is not None
    return transcript.messages


def test_a_conversation_is_added_once(repositories: Repositories) -> None:
    conversation = opened(repositories)

    assert repositories.conversations.get(conversation.id) == conversation
    assert not repositories.conversations.add(conversation)
    assert not repositories.conversations.add(replace(conversation, opened_at=CLOSED_AT))
    assert repositories.conversations.get(conversation.id) == conversation
    assert repositories.conversations.get(uuid4()) is None


def test_a_conversation_is_closed_once(repositories: Repositories) -> None:
    conversation, other = opened(repositories, opened_at=FIRST_INSTANT), opened(repositories)

    assert repositories.conversations.close(conversation.id, LAST_INSTANT)
    assert not repositories.conversations.close(conversation.id, CLOSED_AT)
    assert not repositories.conversations.close(uuid4(), CLOSED_AT)
    assert not repositories.conversations.add(conversation)
    assert repositories.conversations.get(conversation.id) == replace(conversation, closed_at=LAST_INSTANT)
    assert repositories.conversations.get(other.id) == other


def test_one_of_many_concurrent_writes_succeeds(shared_repositories: Repositories) -> None:
    conversations, messages = shared_repositories.conversations, shared_repositories.messages
    conversation: Conversation = ConversationFactory.build()
    message = MessageFactory.build(conversation_id=conversation.id)
    times = [CLOSED_AT + timedelta(seconds=number) for number in range(8)]

    assert sum(run_together([partial(conversations.add, conversation)] * 8)) == 1
    assert sum(run_together([partial(messages.add, message, accept_late=False)] * 8)) == 1
    closed = run_together([partial(conversations.close, conversation.id, time) for time in times])
    assert sum(closed) == 1
    assert conversations.get(conversation.id) == replace(conversation, closed_at=times[closed.index(True)])


@pytest.mark.parametrize('accept_late', [False, True])
@pytest.mark.parametrize('content', TEXTS.values(), ids=list(TEXTS))
def test_a_message_is_stored_once_and_exactly(repositories: Repositories, content: str, *, accept_late: bool) -> None:
    for direction in MessageDirection:
        message: Message = MessageFactory.build(
            conversation_id=opened(repositories).id, content=content, direction=direction
        )

        assert repositories.messages.add(message, accept_late=accept_late)
        for copy in (message, replace(message, content='x'), replace(message, conversation_id=opened(repositories).id)):
            assert not repositories.messages.add(copy, accept_late=accept_late)
        assert repositories.messages.get(message.id) == message
        assert read(repositories, message.conversation_id) == [message]


def test_a_message_needs_its_conversation(repositories: Repositories) -> None:
    message = MessageFactory.build()

    assert not repositories.messages.add(message, accept_late=True)
    assert repositories.messages.get(message.id) is None


@pytest.mark.parametrize('accept_late', [False, True])
@pytest.mark.parametrize('after_close', [-MICROSECOND, timedelta(0), MICROSECOND])
def test_a_closed_conversation_accepts_the_messages_that_its_entity_accepts(
    repositories: Repositories, *, after_close: timedelta, accept_late: bool
) -> None:
    conversation = opened(repositories, closed_at=CLOSED_AT)
    message = MessageFactory.build(conversation_id=conversation.id, timestamp=CLOSED_AT + after_close)

    is_stored = repositories.messages.add(message, accept_late=accept_late)

    assert is_stored is conversation.accepts_message_of(message.timestamp, accept_late=accept_late)
    assert repositories.messages.get(message.id) == (message if is_stored else None)


def test_a_concurrent_close_comes_before_or_after_each_message(shared_repositories: Repositories) -> None:
    conversation = opened(shared_repositories)
    messages: list[Message] = MessageFactory.build_batch(7, conversation_id=conversation.id)
    calls = [partial(shared_repositories.messages.add, message, accept_late=False) for message in messages]
    calls.insert(3, partial(shared_repositories.conversations.close, conversation.id, CLOSED_AT))

    results = run_together(calls)

    assert results.pop(3) is True
    assert [shared_repositories.messages.get(message.id) is not None for message in messages] == results


@pytest.mark.parametrize('newest_first', [False, True])
@pytest.mark.parametrize(
    ('sent', 'received'), [(MICROSECOND, -MICROSECOND), (timedelta(0), -MICROSECOND), (timedelta(0), timedelta(0))]
)
def test_pages_of_messages_are_by_timestamp_then_arrival_then_id(
    repositories: Repositories, *, sent: timedelta, received: timedelta, newest_first: bool
) -> None:
    conversation = opened(repositories)
    opened(repositories, messages=4)
    ids = sorted(UUID(int=Random(number).getrandbits(128)) for number in range(7))
    messages: list[Message] = [
        MessageFactory.build(
            id=message_id,
            conversation_id=conversation.id,
            timestamp=OPENED_AT + number * sent,
            received_at=CLOSED_AT + number * received,
        )
        for number, message_id in enumerate(ids)
    ]
    for message in Random(1).sample(messages, len(messages)):
        repositories.messages.add(message, accept_late=False)
    messages.sort(key=attrgetter('timestamp', 'received_at', 'id'), reverse=newest_first)

    for offset, limit in ((0, 100), (0, 3), (3, 3), (6, 3), (7, 3), (10**10, 100)):
        page = repositories.conversations.read_page(
            conversation.id, offset=offset, limit=limit, newest_first=newest_first
        )
        assert page == Transcript(
            conversation=conversation, message_count=7, messages=messages[offset : offset + limit]
        )


def test_a_conversation_without_messages_has_a_page_and_an_unknown_one_has_none(repositories: Repositories) -> None:
    conversation = opened(repositories, closed_at=CLOSED_AT)

    page = partial(repositories.conversations.read_page, offset=0, limit=10, newest_first=False)

    assert page(conversation.id) == Transcript(conversation=conversation, message_count=0, messages=[])
    assert page(uuid4()) is None


@pytest.mark.parametrize('newest_first', [False, True])
def test_the_list_is_by_opening_time_then_id(repositories: Repositories, *, newest_first: bool) -> None:
    for number in range(9):
        conversation_id = UUID(int=Random(number).getrandbits(128))
        repositories.conversations.add(ConversationFactory.build(id=conversation_id))
    latest = opened(repositories, opened_at=OPENED_AT + MICROSECOND)

    pages = [
        repositories.conversations.list_page(ConversationFilter(), offset=offset, limit=3, newest_first=newest_first)
        for offset in range(0, 15, 3)
    ]

    found = [each.conversation for page in pages for each in page.summaries]
    assert [page.count for page in pages] == [10] * 5
    assert found == sorted(found, key=lambda each: (each.opened_at, each.id), reverse=newest_first)
    assert len({each.id for each in found}) == 10
    assert found[0 if newest_first else -1] == latest


def test_the_list_filters_and_summarizes(repositories: Repositories) -> None:
    older = opened(repositories, opened_at=OPENED_AT - MICROSECOND, closed_at=CLOSED_AT)
    same = opened(repositories, messages=3)
    newer = opened(repositories, opened_at=OPENED_AT + MICROSECOND, closed_at=CLOSED_AT)
    expected = {
        ConversationFilter(): [newer, same, older],
        ConversationFilter(status=ConversationStatus.OPEN): [same],
        ConversationFilter(status=ConversationStatus.CLOSED): [newer, older],
        ConversationFilter(opened_after=OPENED_AT): [newer, same],
        ConversationFilter(opened_before=OPENED_AT): [older],
        ConversationFilter(opened_after=OPENED_AT, opened_before=OPENED_AT): [],
        ConversationFilter(opened_after=OPENED_AT, status=ConversationStatus.CLOSED): [newer],
    }

    for wanted, conversations in expected.items():
        page = repositories.conversations.list_page(wanted, offset=0, limit=10, newest_first=True)
        assert [each.conversation for each in page.summaries] == conversations
        assert page.count == len(conversations)
        for summary in page.summaries:
            has_messages = summary.conversation == same
            assert summary == ConversationSummary(
                conversation=summary.conversation,
                message_count=3 if has_messages else 0,
                last_message_at=sent_at(2) if has_messages else None,
            )
