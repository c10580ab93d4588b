"""On SQLite, threads that write wait for each other, not for SQLite, which would let them sleep."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Final

import pytest
from django.db import connection, transaction

from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.repositories import sql
from realmate_challenge.webhook_api.repositories.group_commit import PATIENCE_SECONDS
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT, ConversationFactory, MessageFactory
from realmate_challenge.webhook_api.tests.support.fakes import in_database
from realmate_challenge.webhook_api.tests.support.threads import run_together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != 'sqlite', reason='PostgreSQL has any number of writers'),
]

THREADS: Final = 6


class Overlaps:
    """A wrapper of statements that counts how many of them write at the same time."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self._lock = Lock()

    def __call__(self, execute: Callable[..., Any], statement: str, *args: Any) -> Any:  # noqa: ANN401 - Django's signature
        writes = int(statement.startswith(('INSERT', 'UPDATE')))
        with self._lock:
            self.now += writes
            self.most = max(self.most, self.now)
        try:
            return execute(statement, *args)
        finally:
            with self._lock:
                self.now -= writes


def open_write_and_close(conversation: Conversation) -> None:
    repositories = in_database()
    assert repositories.conversations.add(conversation)
    for message in MessageFactory.build_batch(5, conversation_id=conversation.id):
        assert repositories.messages.add(message, accept_late=False)
    assert repositories.conversations.close(conversation.id, CLOSED_AT)


def test_one_thread_writes_at_a_time() -> None:
    overlaps = Overlaps()

    def call() -> None:
        with connection.execute_wrapper(overlaps):
            for conversation in ConversationFactory.build_batch(5):
                open_write_and_close(conversation)

    run_together([call] * THREADS)

    assert overlaps.most == 1


def test_a_thread_without_a_turn_writes_after_a_second() -> None:
    """The thread that has the turn may wait for a lock of another process, until its timeout."""
    with sql._sqlite_writer:  # noqa: SLF001 - such a thread
        started = time.monotonic()
        assert in_database().conversations.add(ConversationFactory.build())

    assert time.monotonic() - started >= PATIENCE_SECONDS


def test_a_transaction_is_the_writer_and_waits_for_no_turn() -> None:
    with sql._sqlite_writer, transaction.atomic():  # noqa: SLF001 - a thread that waits for this transaction
        started = time.monotonic()
        open_write_and_close(ConversationFactory.build())

    assert time.monotonic() - started < PATIENCE_SECONDS
