"""`ConversationRepository`, held by every implementation."""

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT, ConversationFactory
from realmate_challenge.webhook_api.tests.support.fakes import Repositories
from realmate_challenge.webhook_api.tests.support.threads import run_together


def test_an_added_conversation_is_found_as_it_was(repositories: Repositories) -> None:
    conversation = ConversationFactory.build()

    assert repositories.conversations.add(conversation) is True
    assert repositories.conversations.get(conversation.id) == conversation


def test_an_unknown_conversation_is_none(repositories: Repositories) -> None:
    repositories.conversations.add(ConversationFactory.build())

    assert repositories.conversations.get(uuid4()) is None


def test_a_taken_id_is_left_alone(repositories: Repositories) -> None:
    first = ConversationFactory.build()
    repositories.conversations.add(first)

    assert repositories.conversations.add(ConversationFactory.build(id=first.id, opened_at=CLOSED_AT)) is False
    assert repositories.conversations.get(first.id) == first


def test_adding_a_copy_says_that_nothing_was_stored(repositories: Repositories) -> None:
    first = ConversationFactory.build()
    repositories.conversations.add(first)

    assert repositories.conversations.add(Conversation(id=first.id, opened_at=first.opened_at)) is False
    assert repositories.conversations.add(first) is False


def test_closing_sets_the_end_once(repositories: Repositories) -> None:
    conversation = ConversationFactory.build()
    repositories.conversations.add(conversation)

    assert repositories.conversations.close(conversation.id, CLOSED_AT) is True
    assert repositories.conversations.close(conversation.id, CLOSED_AT) is False
    assert repositories.conversations.close(conversation.id, CLOSED_AT + timedelta(days=1)) is False
    assert repositories.conversations.get(conversation.id) == ConversationFactory.build(
        id=conversation.id, closed_at=CLOSED_AT
    )


def test_closing_what_is_unknown_does_nothing(repositories: Repositories) -> None:
    assert repositories.conversations.close(uuid4(), CLOSED_AT) is False


def test_closing_leaves_others_open(repositories: Repositories) -> None:
    one, other = ConversationFactory.build_batch(2)
    repositories.conversations.add(one)
    repositories.conversations.add(other)

    repositories.conversations.close(one.id, CLOSED_AT)

    assert repositories.conversations.get(other.id) == other


def test_a_closed_conversation_cannot_be_added_again(repositories: Repositories) -> None:
    conversation = ConversationFactory.build()
    repositories.conversations.add(conversation)
    repositories.conversations.close(conversation.id, CLOSED_AT)

    assert repositories.conversations.add(conversation) is False
    stored = repositories.conversations.get(conversation.id)
    assert stored is not None
    assert stored.closed_at == CLOSED_AT


def test_the_calendar_is_kept_to_its_edges(repositories: Repositories) -> None:
    first_instant = datetime(1, 1, 1, tzinfo=UTC)
    last_instant = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    conversation = ConversationFactory.build(opened_at=first_instant)

    repositories.conversations.add(conversation)
    repositories.conversations.close(conversation.id, last_instant)

    stored = repositories.conversations.get(conversation.id)
    assert stored is not None
    assert (stored.opened_at, stored.closed_at) == (first_instant, last_instant)


def test_of_copies_added_at_once_one_is_stored(shared_repositories: Repositories) -> None:
    conversation_id = uuid4()
    copies = ConversationFactory.build_batch(8, id=conversation_id)

    stored = run_together([partial(shared_repositories.conversations.add, copy) for copy in copies])

    assert sorted(stored) == [False] * 7 + [True]


def test_of_closes_at_once_one_wins(shared_repositories: Repositories) -> None:
    conversation = ConversationFactory.build()
    shared_repositories.conversations.add(conversation)
    ends = [CLOSED_AT + timedelta(seconds=number) for number in range(8)]

    closed = run_together([partial(shared_repositories.conversations.close, conversation.id, end) for end in ends])

    assert sorted(closed) == [False] * 7 + [True]
    stored = shared_repositories.conversations.get(conversation.id)
    assert stored is not None
    assert stored.closed_at == ends[closed.index(True)]
