"""Make conversations up, for manual tests and development."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final, final
from uuid import UUID, uuid4

from realmate_challenge.webhook_api.contracts.dialogues import DialogueWriter
from realmate_challenge.webhook_api.contracts.repositories.histories import HistoryRepository
from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.history import History
from realmate_challenge.webhook_api.entities.message import Message
from realmate_challenge.webhook_api.use_cases.timeline import BRASILIA, Timeline, draw_timeline

FEW: Final = 5
SEED_BITS: Final = 64


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SeedRequest:
    """The same `seed` makes the same texts, at the same distances from `now`. Ids are new each time."""

    conversations: int
    messages: int
    now: datetime
    seed: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SeedConversations:
    """Every second conversation is closed; the first is open, so that a lone one takes events by hand."""

    histories: HistoryRepository
    dialogues: DialogueWriter

    def __call__(self, request: SeedRequest, *, on_progress: Callable[[int], None]) -> list[Conversation]:
        """The first few of what was stored; everything was. If it raises, nothing was."""
        first: list[Conversation] = []
        self.histories.add_all(self._histories(request, first), on_progress=on_progress)
        return first

    def _histories(self, request: SeedRequest, first: list[Conversation]) -> Iterator[History]:
        random = Random(request.seed)  # noqa: S311 - made-up data, no secret
        for number in range(request.conversations):
            history = self._history(request, ends=number % 2 == 1, seed=random.getrandbits(SEED_BITS))
            if number < FEW:
                first.append(history.conversation)
            yield history

    def _history(self, request: SeedRequest, *, ends: bool, seed: int) -> History:
        timeline = draw_timeline(request.messages, now=request.now, seed=seed)
        closed_at = timeline.closed_at if ends else None
        conversation = Conversation(id=uuid4(), opened_at=timeline.opened_at, closed_at=closed_at)
        return History(conversation=conversation, messages=self._messages(conversation.id, timeline, ends=ends))

    def _messages(self, conversation_id: UUID, timeline: Timeline, *, ends: bool) -> Iterator[Message]:
        hour = timeline.opened_at.astimezone(BRASILIA).hour
        lines = self.dialogues.lines(timeline.length, hour=hour, ends=ends, seed=timeline.seed)
        for (direction, content), instant in zip(lines, timeline.instants(), strict=True):
            yield Message(
                id=uuid4(), conversation_id=conversation_id, direction=direction, content=content, timestamp=instant
            )
