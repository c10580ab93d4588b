"""The events of one conversation, for tests without a database."""

from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from realmate_challenge.webhook_api.entities.events import CloseConversation, NewConversation, NewMessage
from realmate_challenge.webhook_api.entities.message import Message, MessageDirection
from realmate_challenge.webhook_api.tests.support.factories import CLOSED_AT, OPENED_AT, sent_at

ONE_MICROSECOND: Final = timedelta(microseconds=1)
ID: Final = UUID(int=1)

OPEN: Final = NewConversation(conversation_id=ID, timestamp=OPENED_AT)
MESSAGE: Final = NewMessage(
    message=Message(
        id=UUID(int=2), conversation_id=ID, direction=MessageDirection.RECEIVED, content='Oi', timestamp=sent_at(0)
    )
)
SECOND_MESSAGE: Final = NewMessage(message=replace(MESSAGE.message, id=UUID(int=3), timestamp=sent_at(1)))
OTHER_MESSAGE: Final = NewMessage(message=replace(MESSAGE.message, content='not the same'))
CLOSE: Final = CloseConversation(conversation_id=ID, timestamp=CLOSED_AT)
OTHER_CLOSE: Final = replace(CLOSE, timestamp=CLOSED_AT + ONE_MICROSECOND)
