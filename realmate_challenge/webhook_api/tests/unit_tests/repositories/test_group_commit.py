"""Which messages are written together, and what each of their threads is told."""

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from random import Random
from threading import Event, Lock
from typing import Any, Final
from uuid import UUID

import pytest
from django.db import DatabaseError, Error

from realmate_challenge.webhook_api.entities.message import Message
from realmate_challenge.webhook_api.repositories.group_commit import GroupCommit
from realmate_challenge.webhook_api.tests.support.factories import MessageFactory
from realmate_challenge.webhook_api.tests.support.threads import wait_for_queue

THREADS: Final = 8
TIMEOUT_SECONDS: Final = 10.0


@dataclass
class Table:
    """Stores messages whose content is not 'refused'. A group with the content 'error' fails."""

    rows: dict[UUID, Message] = field(default_factory=dict)
    groups: list[int] = field(default_factory=list)
    error: type[Exception] = DatabaseError
    is_open: Event = field(default_factory=Event)
    _is_free: Lock = field(default_factory=Lock)

    def write(self, messages: Sequence[Message]) -> frozenset[UUID]:
        assert self._is_free.acquire(blocking=False), 'Two groups are written at the same time.'
        assert self.is_open.wait(TIMEOUT_SECONDS)
        time.sleep(0.0005)
        self._is_free.release()
        self.groups.append(len(messages))
        if any(message.content == 'error' for message in messages):
            raise self.error
        new = {
            message.id: message for message in messages if message.id not in self.rows and message.content != 'refused'
        }
        assert len({message.id for message in messages}) == len(messages)
        self.rows |= new
        return frozenset(new)


def add_while_writing(table: Table, first: Message, others: Sequence[Message]) -> list[Any]:
    """Add the others, in order, while the first is written. Return the result of each, or its error."""
    group_commit = GroupCommit(table.write)
    with ThreadPoolExecutor(THREADS) as pool:
        futures: list[Future[bool | None]] = [pool.submit(group_commit.add, first)]
        wait_for_queue(group_commit)
        for number, message in enumerate(others, start=1):
            futures.append(pool.submit(group_commit.add, message))
            wait_for_queue(group_commit, number)
        table.is_open.set()
        return [future.exception(TIMEOUT_SECONDS) or future.result() for future in futures]


def test_messages_that_arrive_during_a_write_are_written_together() -> None:
    table, messages = Table(), MessageFactory.build_batch(6)

    assert add_while_writing(table, messages[0], messages[1:]) == [True] * 6
    assert table.rows == {message.id: message for message in messages}
    assert table.groups == [1, 5]


def test_each_message_has_its_own_result() -> None:
    table, messages = Table(), MessageFactory.build_batch(4)
    refused = replace(messages[2], content='refused')

    assert add_while_writing(table, messages[0], [messages[1], refused, messages[3]]) == [True, True, False, True]


def test_of_copies_in_a_group_the_first_one_is_written() -> None:
    table, (first, second) = Table(), MessageFactory.build_batch(2)
    other = replace(second, content='other')

    assert add_while_writing(table, first, [second, other, second, first]) == [True, True, False, False, False]
    assert list(table.rows.values()) == [first, second]


def test_if_the_statement_fails_each_message_is_to_be_written_alone() -> None:
    table, messages = Table(), MessageFactory.build_batch(3)
    bad = replace(messages[1], content='error')

    assert add_while_writing(table, messages[0], [bad, messages[2]]) == [True, None, None]


def test_a_message_that_fails_alone_raises_and_the_next_group_is_written() -> None:
    table, messages = Table(), MessageFactory.build_batch(3)
    bad = replace(messages[0], content='error')

    error, *results = add_while_writing(table, bad, messages[1:])

    assert isinstance(error, Error)
    assert results == [True, True]


def test_an_unexpected_error_is_raised_once_and_stops_nobody() -> None:
    table, messages = Table(error=ZeroDivisionError), MessageFactory.build_batch(3)
    bad = replace(messages[1], content='error')

    first, leader, follower = add_while_writing(table, messages[0], [bad, messages[2]])

    assert (first, type(leader), follower) == (True, ZeroDivisionError, None)
    assert GroupCommit(table.write).add(messages[2]) is True


def test_a_write_that_hangs_does_not_stop_the_messages_behind_it() -> None:
    hanging, *others = messages = MessageFactory.build_batch(4)
    is_open, groups = Event(), []

    def write(group: Sequence[Message]) -> frozenset[UUID]:
        groups.append(list(group))
        assert hanging not in group or is_open.wait(TIMEOUT_SECONDS)
        return frozenset(message.id for message in group)

    group_commit = GroupCommit(write)
    with ThreadPoolExecutor(THREADS) as pool:
        first = pool.submit(group_commit.add, hanging)
        wait_for_queue(group_commit)
        assert [future.result(TIMEOUT_SECONDS) for future in [pool.submit(group_commit.add, each) for each in others]]
        assert not first.done()
        assert group_commit.add(others[0]) is True
        is_open.set()
        assert first.result(TIMEOUT_SECONDS) is True

    assert {message.id for group in groups for message in group} == {message.id for message in messages}
    assert group_commit.add(others[1]) is True


@pytest.mark.parametrize('seed', range(5))
def test_any_number_of_threads_store_each_message_once(seed: int) -> None:
    table, messages = Table(), MessageFactory.build_batch(500)
    table.is_open.set()
    group_commit, chance = GroupCommit(table.write), Random(seed)
    sent = chance.sample(messages * 2, 1_000)

    def add(message: Message) -> bool | None:
        time.sleep(chance.random() / 5_000)
        return group_commit.add(message)

    with ThreadPoolExecutor(THREADS) as pool:
        stored = list(pool.map(add, sent))

    assert sum(map(bool, stored)) == len(messages) == len(table.rows)
    assert None not in stored
    assert sum(table.groups) <= len(sent)
    assert max(table.groups) > 1
