"""Repositories whose process dies at chosen calls: before a call has its effect, or after it and before its answer."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast, final

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api.entities.events import WebhookEvent
from realmate_challenge.webhook_api.tests.support.fakes import Repositories
from realmate_challenge.webhook_api.use_cases.handle_webhook_event import HandleWebhookEvent


class CrashError(BaseException):
    """As hard to catch as a `kill -9`."""


@final
@dataclass(slots=True)
class Fuse:
    """Counts calls to all repositories together. Calls numbered in `before` have no effect, those in `after` have."""

    before: frozenset[int]
    after: frozenset[int]
    calls: int = 0
    crashes: int = 0

    def run(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the repository answers
        self.calls += 1
        number = self.calls
        if number in self.before:
            self._crash()
        result = call()
        if number in self.after:
            self._crash()
        return result

    def _crash(self) -> None:
        self.crashes += 1
        raise CrashError


@final
@dataclass(frozen=True, slots=True)
class Fused:
    """Any repository, behind the fuse."""

    repository: object
    fuse: Fuse

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.repository, name)
        return lambda *args, **kwargs: self.fuse.run(lambda: method(*args, **kwargs))


def fused(repositories: Repositories, fuse: Fuse) -> Repositories:
    return Repositories(
        conversations=cast('Any', Fused(repositories.conversations, fuse)),
        messages=cast('Any', Fused(repositories.messages, fuse)),
        transcripts=repositories.transcripts,
        unapplied_events=cast('Any', Fused(repositories.unapplied_events, fuse)),
    )


@final
@dataclass(slots=True)
class Sender:
    """Delivers each event until it has an answer: one that got none goes to the end of the queue."""

    handle: HandleWebhookEvent
    acknowledged: list[WebhookEvent] = field(default_factory=list)
    refused: list[WebhookEvent] = field(default_factory=list)

    def deliver(self, arrivals: Iterable[WebhookEvent]) -> None:
        queue = deque(arrivals)
        while queue:
            event = queue.popleft()
            try:
                self.handle(event)
            except CrashError:
                queue.append(event)
            except DomainError:
                self.refused.append(event)
            else:
                self.acknowledged.append(event)
