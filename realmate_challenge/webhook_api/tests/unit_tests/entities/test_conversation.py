"""The rules about a conversation's life."""

from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest

from realmate_challenge.webhook_api.entities.conversation import (
    ConversationAlreadyExistsError,
    ConversationClosedError,
    ConversationNotFoundError,
    ConversationStatus,
)
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT, ConversationFactory


def test_the_end_decides_the_status() -> None:
    assert ConversationFactory.build().status is ConversationStatus.OPEN
    assert ConversationFactory.build(closed=True).status is ConversationStatus.CLOSED


@pytest.mark.parametrize('accept_late', [False, True])
@pytest.mark.parametrize('days', [-1, 0, 1])
def test_an_open_conversation_accepts_every_message(*, accept_late: bool, days: int) -> None:
    conversation = ConversationFactory.build()

    assert conversation.accepts_message_of(CLOSED_AT + timedelta(days=days), accept_late=accept_late)


@pytest.mark.parametrize(
    ('microseconds', 'accept_late', 'accepted'),
    [(-1, True, True), (0, True, False), (1, True, False), (-1, False, False), (1, False, False)],
)
def test_a_closed_conversation_accepts_only_late_messages(
    *, microseconds: int, accept_late: bool, accepted: bool
) -> None:
    conversation = ConversationFactory.build(closed=True)
    sent_at = CLOSED_AT + timedelta(microseconds=microseconds)

    assert conversation.accepts_message_of(sent_at, accept_late=accept_late) is accepted


def test_a_conversation_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        ConversationFactory.build().closed_at = CLOSED_AT  # type: ignore[misc]  # what is to be shown


@pytest.mark.parametrize(
    ('error', 'code'),
    [
        (ConversationNotFoundError, 'CONVERSATION_NOT_FOUND'),
        (ConversationAlreadyExistsError, 'CONVERSATION_ALREADY_EXISTS'),
        (ConversationClosedError, 'CONVERSATION_CLOSED'),
    ],
)
def test_errors_say_which_conversation(
    error: type[ConversationNotFoundError | ConversationAlreadyExistsError | ConversationClosedError], code: str
) -> None:
    conversation = ConversationFactory.build()

    raised = error(conversation.id)

    assert raised.code == code
    assert raised.conversation_id == conversation.id
    assert str(conversation.id) in str(raised)
