"""Pages of a conversation and of the list of conversations, and the filter of the list."""

from dataclasses import dataclass
from datetime import datetime
from typing import final

from realmate_challenge.webhook_api.entities.conversation import Conversation, ConversationStatus
from realmate_challenge.webhook_api.entities.message import Message


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    conversation: Conversation
    message_count: int
    messages: list[Message]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationFilter:
    """None means no condition. Adjoining windows of opening times neither overlap nor leave a gap."""

    status: ConversationStatus | None = None
    opened_after: datetime | None = None  # inclusive
    opened_before: datetime | None = None  # exclusive


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSummary:
    conversation: Conversation
    message_count: int
    last_message_at: datetime | None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationList:
    """The number of matching conversations, and one page of them."""

    count: int
    summaries: list[ConversationSummary]
