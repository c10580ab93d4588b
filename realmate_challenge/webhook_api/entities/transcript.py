"""A conversation with its number of messages and one page of them."""

from dataclasses import dataclass
from typing import final

from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.message import Message


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    conversation: Conversation
    message_count: int
    messages: list[Message]
