"""The store that the repositories in memory share, as the ORM's repositories share a database."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from uuid import UUID

from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.message import Message
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedEvent


@dataclass(frozen=True, slots=True)
class InMemoryStore:
    """Each method of a repository holds `lock`, and so is atomic."""

    conversations: dict[UUID, Conversation] = field(default_factory=dict)
    # The time of erasure by the id of the conversation.
    erased: dict[UUID, datetime] = field(default_factory=dict)
    messages: dict[UUID, Message] = field(default_factory=dict)
    # By the digest of the event, in the order of arrival.
    unapplied_events: dict[str, UnappliedEvent] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def copy(self) -> 'InMemoryStore':
        return InMemoryStore(
            dict(self.conversations), dict(self.erased), dict(self.messages), dict(self.unapplied_events)
        )

    def snapshot(self, normalize: Callable[[UnappliedEvent], Hashable]) -> Hashable:
        """Return the contents as a value for comparisons."""
        return (
            frozenset(self.conversations.values()),
            frozenset(self.erased),
            frozenset(self.messages.values()),
            frozenset(map(normalize, self.unapplied_events.values())),
        )
