"""`OrmHistoryRepository` on the database that the tests run on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.history import History
from realmate_challenge.webhook_api.entities.message import Message, MessageDirection
from realmate_challenge.webhook_api.repositories import histories
from realmate_challenge.webhook_api.repositories.histories import OrmHistoryRepository
from realmate_challenge.webhook_api.repositories.messages import OrmMessageRepository

OPENED: Final = datetime(2025, 2, 21, 10, 20, 41, 349308, tzinfo=UTC)
TEXT: Final = '  Olá 👋\n\t"aspas", \\N vírgula; \\ barra, مرحبا %s {} \r\n '


def history(messages: int, *, closed: bool = False, message_id: UUID | None = None) -> History:
    closed_at = OPENED + timedelta(days=1) if closed else None
    conversation = Conversation(id=uuid4(), opened_at=OPENED, closed_at=closed_at)
    return History(
        conversation=conversation,
        messages=(
            Message(
                id=message_id or uuid4(),
                conversation_id=conversation.id,
                direction=MessageDirection.RECEIVED,
                content=TEXT,
                timestamp=OPENED + timedelta(microseconds=number + 1),
            )
            for number in range(messages)
        ),
    )


def ignore(written: int) -> None:
    """Progress that nobody watches."""


def nothing_is_stored() -> bool:
    return not models.Conversation.objects.exists() and not models.Message.objects.exists()


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histories, 'BATCH_SIZE', 7)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures('small_batches')
def test_stores_every_history_across_batches() -> None:
    told = [history(0), history(20, closed=True), history(1), history(6), history(0, closed=True)]
    OrmHistoryRepository().add_all(told, on_progress=ignore)
    assert models.Message.objects.count() == 27
    for one in told:
        row = models.Conversation.objects.get(id=one.conversation.id)
        assert (row.status, row.opened_at, row.closed_at) == (
            one.conversation.status,
            one.conversation.opened_at,
            one.conversation.closed_at,
        )


@pytest.mark.django_db(transaction=True)
def test_what_it_stores_is_what_the_other_repositories_read() -> None:
    message_id = uuid4()
    told = history(1, message_id=message_id)
    OrmHistoryRepository().add_all([told], on_progress=ignore)
    assert OrmMessageRepository().get(message_id) == Message(
        id=message_id,
        conversation_id=told.conversation.id,
        direction=MessageDirection.RECEIVED,
        content=TEXT,
        timestamp=OPENED + timedelta(microseconds=1),
    )
    assert models.Message.objects.get().received_at is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures('small_batches')
def test_tells_how_many_messages_are_written() -> None:
    reports: list[int] = []
    OrmHistoryRepository().add_all([history(20)], on_progress=reports.append)
    assert reports == [6, 13, 20]


@pytest.mark.django_db(transaction=True)
def test_storing_none_is_no_error() -> None:
    OrmHistoryRepository().add_all([], on_progress=ignore)
    assert nothing_is_stored()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures('small_batches')
@pytest.mark.parametrize('failure', [ValueError, KeyboardInterrupt])
def test_what_fails_midway_leaves_nothing(failure: type[BaseException]) -> None:
    def broken() -> Iterator[History]:
        yield history(30)
        assert models.Message.objects.exists(), 'nothing was written before the failure: the test proves nothing'
        raise failure

    with pytest.raises(failure):
        OrmHistoryRepository().add_all(broken(), on_progress=ignore)
    assert nothing_is_stored()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures('small_batches')
def test_a_constraint_that_is_broken_late_leaves_nothing() -> None:
    taken = uuid4()
    told = [history(30), history(1, message_id=taken), history(20), history(1, message_id=taken)]
    with pytest.raises(IntegrityError):
        OrmHistoryRepository().add_all(told, on_progress=ignore)
    assert nothing_is_stored()


@pytest.mark.django_db(transaction=True)
def test_refuses_to_be_a_part_of_another_transaction() -> None:
    """There it could not promise that what it stored stays."""
    with transaction.atomic(), pytest.raises(RuntimeError, match='durable'):
        OrmHistoryRepository().add_all([history(1)], on_progress=ignore)


@pytest.mark.django_db(transaction=True)
def test_the_number_of_statements_does_not_depend_on_the_number_of_messages() -> None:
    counts = []
    for messages in (1, 1_000):
        with CaptureQueriesContext(connection) as queries:
            OrmHistoryRepository().add_all([history(messages)], on_progress=ignore)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 5
