"""Many senders at once, against the real server: copies have the effect of one, and what is acknowledged is stored."""

from random import Random
from uuid import uuid4

import pytest

from realmate_challenge.webhook_api.tests.support.clients import post_all, read
from realmate_challenge.webhook_api.tests.support.payloads import (
    CLOSE_CONVERSATION,
    MESSAGE_RECEIVED,
    NEW_CONVERSATION,
    Payload,
    changed,
)

ROUNDS = 20
MESSAGES = 24


def opening(conversation_id: str) -> Payload:
    return changed(NEW_CONVERSATION, 'data.id', conversation_id)


def closing(conversation_id: str) -> Payload:
    return changed(CLOSE_CONVERSATION, 'data.id', conversation_id)


def message(conversation_id: str) -> Payload:
    event = changed(MESSAGE_RECEIVED, 'data.conversation_id', conversation_id)
    return changed(event, 'data.id', str(uuid4()))


@pytest.fixture
def conversation_id() -> str:
    return str(uuid4())


def test_copies_of_an_opening_open_one_conversation(port: int, conversation_id: str) -> None:
    assert post_all(port, [opening(conversation_id)] * 50) == [204] * 50

    conversation = read(port, conversation_id)
    assert (conversation['status'], conversation['count']) == ('OPEN', 0)


def test_copies_of_a_message_store_one(port: int, conversation_id: str) -> None:
    post_all(port, [opening(conversation_id)], clients=1)
    event = message(conversation_id)

    assert post_all(port, [event] * 100) == [204] * 100

    conversation = read(port, conversation_id)
    assert conversation['count'] == 1
    assert [stored['id'] for stored in conversation['messages']] == [event['data']['id']]


def test_copies_of_a_close_close_once(port: int, conversation_id: str) -> None:
    post_all(port, [opening(conversation_id)], clients=1)

    assert post_all(port, [closing(conversation_id)] * 50) == [204] * 50

    assert read(port, conversation_id)['closed_at'] == '2025-02-21T10:20:45.349308Z'


def test_of_different_openings_one_wins(port: int, conversation_id: str) -> None:
    events = [changed(opening(conversation_id), 'timestamp', f'2025-02-21T10:20:{number:02}') for number in range(30)]

    statuses = post_all(port, events)

    assert sorted(statuses) == [204] + [400] * 29
    assert read(port, conversation_id)['opened_at'] == f'{events[statuses.index(204)]["timestamp"]}Z'


def test_of_different_messages_with_one_id_one_wins(port: int, conversation_id: str) -> None:
    post_all(port, [opening(conversation_id)], clients=1)
    event = message(conversation_id)
    events = [changed(event, 'data.content', f'texto {number}') for number in range(30)]

    statuses = post_all(port, events)

    assert sorted(statuses) == [204] + [400] * 29
    (stored,) = read(port, conversation_id)['messages']
    assert stored['content'] == events[statuses.index(204)]['data']['content']


@pytest.mark.parametrize('number', range(ROUNDS))
def test_while_a_close_races_messages_what_is_stored_is_what_was_acknowledged(
    port: int, conversation_id: str, number: int
) -> None:
    post_all(port, [opening(conversation_id)], clients=1)
    messages = [message(conversation_id) for _ in range(MESSAGES)]
    events = [*messages]
    # Among the first that are sent, so that neither side always wins.
    events.insert(Random(number).randrange(MESSAGES), closing(conversation_id))

    statuses = dict(zip([event['data']['id'] for event in events], post_all(port, events), strict=True))

    assert set(statuses.values()) <= {204, 400}
    assert statuses.pop(conversation_id) == 204
    acknowledged = {message_id for message_id, status in statuses.items() if status == 204}
    conversation = read(port, conversation_id)
    assert conversation['status'] == 'CLOSED'
    assert conversation['count'] == len(acknowledged)
    assert {stored['id'] for stored in conversation['messages']} == acknowledged


def test_parallel_messages_of_one_conversation_are_all_stored(port: int, conversation_id: str) -> None:
    post_all(port, [opening(conversation_id)], clients=1)
    messages = [message(conversation_id) for _ in range(96)]

    assert post_all(port, messages) == [204] * 96

    conversation = read(port, conversation_id)
    assert {stored['id'] for stored in conversation['messages']} == {event['data']['id'] for event in messages}
