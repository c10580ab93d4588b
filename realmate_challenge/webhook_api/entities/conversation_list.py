"""Conversations as they are looked through: which are asked for, and what is shown of each."""

from dataclasses import dataclass
from datetime import datetime
from typing import final

from realmate_challenge.webhook_api.entities.conversation import Conversation, ConversationStatus


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationFilter:
    """None asks for any. The window of opening is half-open: adjoining windows neither overlap nor leave a gap."""

    status: ConversationStatus | None = None
    opened_after: datetime | None = None  # that instant included
    opened_before: datetime | None = None  # that instant not included


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSummary:
    conversation: Conversation
    message_count: int
    last_message_at: datetime | None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationList:
    """How many conversations there are, and a window on them."""

    count: int
    summaries: list[ConversationSummary]
