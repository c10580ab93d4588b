from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Final, final

import pytest

from realmate_challenge.webhook_api.contracts.dialogues import Line
from realmate_challenge.webhook_api.entities.conversation import Conversation, ConversationStatus
from realmate_challenge.webhook_api.entities.history import History
from realmate_challenge.webhook_api.entities.message import Message, MessageDirection
from realmate_challenge.webhook_api.use_cases.seed_conversations import SeedConversations, SeedRequest

NOW: Final = datetime(2025, 2, 21, 10, 20, 41, 349308, tzinfo=UTC)


@final
@dataclass
class InMemoryHistoryRepository:
    stored: list[tuple[Conversation, list[Message]]] = field(default_factory=list)

    def add_all(self, histories: Iterable[History], *, on_progress: Callable[[int], None]) -> None:
        self.stored += [(history.conversation, list(history.messages)) for history in histories]
        on_progress(sum(len(messages) for _, messages in self.stored))


@final
class Echo:
    """Writes what it was asked for."""

    def lines(self, length: int, *, hour: int, ends: bool, seed: int) -> Iterator[Line]:
        return islice(cycle([(MessageDirection.RECEIVED, f'{hour} {ends} {seed}')]), length)


@pytest.fixture
def repository() -> InMemoryHistoryRepository:
    return InMemoryHistoryRepository()


@pytest.fixture
def seed(repository: InMemoryHistoryRepository) -> SeedConversations:
    return SeedConversations(histories=repository, dialogues=Echo())


def request(conversations: int, messages: int, seed: int = 1) -> SeedRequest:
    return SeedRequest(conversations=conversations, messages=messages, now=NOW, seed=seed)


def ignore(written: int) -> None:
    """Progress that nobody watches."""


@pytest.mark.parametrize(('conversations', 'messages'), [(0, 0), (0, 5), (1, 0), (1, 5), (7, 3)])
def test_makes_as_many_as_asked(
    seed: SeedConversations, repository: InMemoryHistoryRepository, conversations: int, messages: int
) -> None:
    reports: list[int] = []
    seed(request(conversations, messages), on_progress=reports.append)
    assert [len(written) for _, written in repository.stored] == [messages] * conversations
    assert reports == [conversations * messages]


def test_every_second_one_is_closed_after_its_last_message_and_says_goodbye(
    seed: SeedConversations, repository: InMemoryHistoryRepository
) -> None:
    seed(request(5, 4), on_progress=ignore)
    opened, closed = ConversationStatus.OPEN, ConversationStatus.CLOSED
    assert [conversation.status for conversation, _ in repository.stored] == [opened, closed, opened, closed, opened]
    for conversation, messages in repository.stored:
        is_closed = conversation.closed_at is not None
        assert all(f' {is_closed} ' in message.content for message in messages)
        assert conversation.closed_at is None or messages[-1].timestamp < conversation.closed_at <= NOW


def test_messages_belong_to_their_conversation_and_come_in_order(
    seed: SeedConversations, repository: InMemoryHistoryRepository
) -> None:
    seed(request(4, 20), on_progress=ignore)
    for conversation, messages in repository.stored:
        instants = [message.timestamp for message in messages]
        assert {message.conversation_id for message in messages} == {conversation.id}
        assert conversation.opened_at < instants[0]
        assert instants == sorted(set(instants))
    assert len({message.id for _, messages in repository.stored for message in messages}) == 80


def test_says_which_the_first_few_are(seed: SeedConversations, repository: InMemoryHistoryRepository) -> None:
    assert seed(request(9, 1), on_progress=ignore) == [conversation for conversation, _ in repository.stored[:5]]


def test_the_same_seed_makes_the_same_texts_at_the_same_times_under_new_ids(
    seed: SeedConversations, repository: InMemoryHistoryRepository
) -> None:
    for _ in range(2):
        seed(request(2, 3, seed=42), on_progress=ignore)
    seed(request(2, 3, seed=43), on_progress=ignore)
    told = [[(message.content, message.timestamp) for message in messages] for _, messages in repository.stored]
    assert told[0:2] == told[2:4]
    assert told[0:2] != told[4:6]
    assert len({conversation.id for conversation, _ in repository.stored}) == 6
