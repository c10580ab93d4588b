"""A conversation with every one of its messages."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.message import Message


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """`messages` come in order and may be read only once: a long history is never in memory as a whole."""

    conversation: Conversation
    messages: Iterable[Message]
