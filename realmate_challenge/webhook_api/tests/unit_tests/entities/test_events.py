"""What makes two events the same."""

from dataclasses import replace
from datetime import timedelta, timezone
from uuid import uuid4

import pytest

from realmate_challenge.webhook_api.entities.events import (
    CloseConversation,
    EventType,
    NewConversation,
    NewMessage,
    WebhookEvent,
    digest,
    type_of,
)
from realmate_challenge.webhook_api.entities.message import MessageDirection
from realmate_challenge.webhook_api.tests.support.factories import (
    CloseConversationFactory,
    NewConversationFactory,
    NewMessageFactory,
)

OPENING: NewConversation = NewConversationFactory.build()
MESSAGE: NewMessage = NewMessageFactory.build(direction=MessageDirection.SENT)
CLOSE: CloseConversation = CloseConversationFactory.build()


@pytest.mark.parametrize(
    ('event', 'kind'),
    [
        (OPENING, EventType.NEW_CONVERSATION),
        (MESSAGE, EventType.NEW_MESSAGE),
        (CLOSE, EventType.CLOSE_CONVERSATION),
    ],
)
def test_every_event_knows_its_type(event: WebhookEvent, kind: EventType) -> None:
    assert type_of(event) is kind


@pytest.mark.parametrize('event', [OPENING, MESSAGE, CLOSE])
def test_copies_have_one_digest(event: WebhookEvent) -> None:
    assert digest(replace(event)) == digest(event)


@pytest.mark.parametrize(
    'other',
    [
        replace(MESSAGE, conversation_id=uuid4()),
        replace(MESSAGE, message_id=uuid4()),
        replace(MESSAGE, timestamp=MESSAGE.timestamp + timedelta(microseconds=1)),
        replace(MESSAGE, direction=MessageDirection.RECEIVED),
        replace(MESSAGE, content=f'{MESSAGE.content} '),
    ],
)
def test_whatever_differs_changes_the_digest(other: NewMessage) -> None:
    assert digest(other) != digest(MESSAGE)


def test_an_opening_and_a_close_at_the_same_instant_differ() -> None:
    opening = replace(OPENING, conversation_id=CLOSE.conversation_id, timestamp=CLOSE.timestamp)

    assert digest(opening) != digest(CLOSE)


def test_no_two_lists_of_facts_run_together() -> None:
    one = replace(MESSAGE, content='a')
    # What naive joining would take for the same.
    other = replace(MESSAGE, content='a", "b')

    assert digest(one) != digest(other)


def test_instants_in_utc_are_what_is_compared() -> None:
    # Serializers give instants in UTC; this shows why they must.
    elsewhere = MESSAGE.timestamp.astimezone(timezone(timedelta(hours=-3)))

    assert replace(MESSAGE, timestamp=elsewhere) == MESSAGE
    assert digest(replace(MESSAGE, timestamp=elsewhere)) != digest(MESSAGE)
