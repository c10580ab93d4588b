"""What the repositories in memory share, as the real ones share a database."""

from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import final
from uuid import UUID

from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.message import Message
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedEvent


@final
@dataclass(frozen=True, slots=True)
class InMemoryStore:
    """Whoever looks or writes holds `lock`: that makes each method of a repository atomic."""

    conversations: dict[UUID, Conversation] = field(default_factory=dict)
    # By the id of the conversation, the time of its erasure.
    erased: dict[UUID, datetime] = field(default_factory=dict)
    messages: dict[UUID, Message] = field(default_factory=dict)
    # By the digest of the event, in the order of arrival.
    unapplied_events: dict[str, UnappliedEvent] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)
