"""`ConversationListRepository`, held by every implementation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from realmate_challenge.webhook_api.contracts.repositories.conversation_lists import ConversationListRepository
from realmate_challenge.webhook_api.entities.conversation import Conversation, ConversationStatus
from realmate_challenge.webhook_api.entities.conversation_list import (
    ConversationFilter,
    ConversationList,
    ConversationSummary,
)
from realmate_challenge.webhook_api.repositories.conversation_lists import OrmConversationListRepository
from realmate_challenge.webhook_api.tests.support.factories import (
    CLOSED_AT,
    OPENED_AT,
    ConversationFactory,
    MessageFactory,
    sent_at,
)
from realmate_challenge.webhook_api.tests.support.fakes import InMemoryStore, Repositories, in_database, in_memory
from realmate_challenge.webhook_api.tests.support.fakes.conversation_lists import InMemoryConversationListRepository

ALL = ConversationFilter()


@dataclass(frozen=True, slots=True)
class Listed:
    given: Repositories
    lists: ConversationListRepository

    def conversation(self, opened_at: datetime, closed_at: datetime | None = None, messages: int = 0) -> Conversation:
        conversation = ConversationFactory.build(opened_at=opened_at, closed_at=closed_at)
        self.given.conversations.add(ConversationFactory.build(id=conversation.id, opened_at=opened_at))
        for number in range(messages):
            message = MessageFactory.build(conversation_id=conversation.id, timestamp=sent_at(number))
            self.given.messages.add(message, accept_late=False)
        if closed_at:
            self.given.conversations.close(conversation.id, closed_at)
        return conversation

    def read(
        self, wanted: ConversationFilter = ALL, *, offset: int = 0, limit: int = 100, newest_first: bool = True
    ) -> ConversationList:
        return self.lists.read(wanted, offset=offset, limit=limit, newest_first=newest_first)

    def ids(self, wanted: ConversationFilter = ALL) -> list[UUID]:
        found = self.read(wanted)
        assert found.count == len(found.summaries)
        return [each.conversation.id for each in found.summaries]


@pytest.fixture(params=['in memory', pytest.param('in database', marks=pytest.mark.django_db)])
def listed(request: pytest.FixtureRequest) -> Listed:
    if request.param == 'in database':
        return Listed(in_database(), OrmConversationListRepository())
    store = InMemoryStore()
    return Listed(in_memory(store), InMemoryConversationListRepository(store))


def test_nothing_there(listed: Listed) -> None:
    assert listed.read() == ConversationList(count=0, summaries=[])


def test_newest_opened_first_with_what_its_messages_tell(listed: Listed) -> None:
    older = listed.conversation(OPENED_AT, CLOSED_AT, messages=3)
    newer = listed.conversation(OPENED_AT + timedelta(microseconds=1))

    summaries = [
        ConversationSummary(conversation=newer, message_count=0, last_message_at=None),
        ConversationSummary(conversation=older, message_count=3, last_message_at=sent_at(2)),
    ]
    assert listed.read() == ConversationList(count=2, summaries=summaries)
    assert listed.read(newest_first=False).summaries == summaries[::-1]


@pytest.mark.parametrize('newest_first', [False, True])
def test_ties_are_in_the_order_of_their_ids_so_that_pages_never_overlap(listed: Listed, *, newest_first: bool) -> None:
    ids = [UUID(int=Random(number).getrandbits(128)) for number in range(9)]
    for conversation_id in ids:
        listed.given.conversations.add(ConversationFactory.build(id=conversation_id))

    pages = [listed.read(offset=offset, limit=2, newest_first=newest_first).summaries for offset in range(0, 10, 2)]

    assert [each.conversation.id for page in pages for each in page] == sorted(ids, reverse=newest_first)


def test_the_count_is_that_of_all_that_match_not_of_the_window(listed: Listed) -> None:
    for number in range(5):
        listed.conversation(OPENED_AT + timedelta(seconds=number))

    window = listed.read(offset=4, limit=3)
    beyond = listed.read(offset=10**9, limit=3)

    assert (window.count, len(window.summaries)) == (5, 1)
    assert (beyond.count, len(beyond.summaries)) == (5, 0)


def test_by_status(listed: Listed) -> None:
    opened = listed.conversation(OPENED_AT)
    closed = listed.conversation(OPENED_AT, CLOSED_AT)

    assert listed.ids(ConversationFilter(status=ConversationStatus.OPEN)) == [opened.id]
    assert listed.ids(ConversationFilter(status=ConversationStatus.CLOSED)) == [closed.id]


def test_windows_of_opening_are_half_open(listed: Listed) -> None:
    """So every conversation is in exactly one of two windows that adjoin."""
    before, at, after = (
        listed.conversation(OPENED_AT + timedelta(microseconds=difference)) for difference in (-1, 0, 1)
    )

    assert listed.ids(ConversationFilter(opened_after=OPENED_AT)) == [after.id, at.id]
    assert listed.ids(ConversationFilter(opened_before=OPENED_AT)) == [before.id]
    assert listed.ids(ConversationFilter(opened_after=OPENED_AT, opened_before=OPENED_AT)) == []


def test_filters_add_up(listed: Listed) -> None:
    listed.conversation(OPENED_AT)
    listed.conversation(OPENED_AT - timedelta(days=1), CLOSED_AT)
    wanted = listed.conversation(OPENED_AT, CLOSED_AT)

    assert listed.ids(ConversationFilter(status=ConversationStatus.CLOSED, opened_after=OPENED_AT)) == [wanted.id]
