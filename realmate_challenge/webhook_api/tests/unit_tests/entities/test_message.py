"""What makes two messages the same."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from realmate_challenge.webhook_api.entities.message import Message, MessageAlreadyExistsError, MessageDirection
from realmate_challenge.webhook_api.tests.support.factories import MessageFactory

MESSAGE: Message = MessageFactory.build(direction=MessageDirection.SENT)


@pytest.mark.parametrize(
    'other',
    [
        replace(MESSAGE, id=uuid4()),
        replace(MESSAGE, conversation_id=uuid4()),
        replace(MESSAGE, direction=MessageDirection.RECEIVED),
        replace(MESSAGE, content=f' {MESSAGE.content}'),
        replace(MESSAGE, timestamp=MESSAGE.timestamp + timedelta(microseconds=1)),
    ],
)
def test_every_field_counts(other: Message) -> None:
    assert other != MESSAGE


def test_the_error_says_which_message() -> None:
    error = MessageAlreadyExistsError(MESSAGE.id)

    assert (error.code, error.message_id) == ('MESSAGE_ALREADY_EXISTS', MESSAGE.id)
    assert str(MESSAGE.id) in str(error)
