"""Simulate a process that ends at chosen calls of its repositories."""

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api.entities.events import WebhookEvent
from realmate_challenge.webhook_api.tests.support.fakes import Repositories
from realmate_challenge.webhook_api.use_cases.handle_webhook_event import HandleWebhookEvent


class CrashError(BaseException):
    """No `except Exception` catches it, as nothing catches `kill -9`."""


@dataclass(slots=True)
class CrashPlan:
    """The numbers of the calls, of all repositories together, at which the process ends.

    A call in `before` has no effect. A call in `after` has its effect, but the caller gets no answer.
    """

    before: frozenset[int] = frozenset()
    after: frozenset[int] = frozenset()
    calls: int = 0
    crashes: int = 0

    def run(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - the result of the call
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

    def applied_to(self, repositories: Repositories) -> Repositories:
        names = Repositories.__dataclass_fields__
        return Repositories(**{name: cast('Any', _Crashing(getattr(repositories, name), self)) for name in names})


@dataclass(frozen=True, slots=True)
class _Crashing:
    repository: object
    plan: CrashPlan

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.repository, name)
        return lambda *args, **kwargs: self.plan.run(lambda: method(*args, **kwargs))


def deliver(handle: HandleWebhookEvent, arrivals: Iterable[WebhookEvent]) -> None:
    """Deliver events as a sender does: one that gets no answer goes to the end of the queue."""
    queue = deque(arrivals)
    while queue:
        event = queue.popleft()
        try:
            with suppress(DomainError):
                handle(event)
        except CrashError:
            queue.append(event)
