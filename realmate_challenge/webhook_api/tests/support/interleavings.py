"""Explore all interleavings of the steps of several programs, such as deliveries of events.

A step is one call of a repository, which is atomic by contract. A program runs until its next call. To continue after
it, the program runs again from the start with the recorded answers, which is possible because it has no other input.
Schedules that reach the same store and the same answers continue alike, so each such state is explored once.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, cast

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api.entities.events import digest
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedEvent
from realmate_challenge.webhook_api.tests.support.fakes import InMemoryStore, Repositories, in_memory

type Program = Callable[[Repositories], object]

_digest = cache(digest)


@dataclass(frozen=True, slots=True)
class Call:
    """The next call of a program."""

    repository: str
    method: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def run(self, store: InMemoryStore) -> object:
        try:
            answer = getattr(getattr(in_memory(store), self.repository), self.method)(*self.args, **self.kwargs)
        except DomainError as error:
            return error
        return tuple(answer) if isinstance(answer, list) else answer


@dataclass(frozen=True, slots=True)
class Ended:
    """The result of a program, or its error; None after a crash."""

    result: object


class SuspendedError(BaseException):
    """Stop a program at a call that has no recorded answer."""

    def __init__(self, call: Call) -> None:
        self.call = call


@dataclass(frozen=True, slots=True)
class RecordedRepository:
    """Return recorded answers, then suspend the program."""

    name: str
    answers: Iterator[object]

    def __getattr__(self, method: str) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            for answer in self.answers:
                if isinstance(answer, DomainError):
                    raise answer
                return answer
            raise SuspendedError(Call(self.name, method, args, kwargs))

        return call


def next_step(program: Program, answers: Sequence[object]) -> Call | Ended:
    recorded = iter(answers)
    names = Repositories.__dataclass_fields__
    repositories = Repositories(**{name: cast('Any', RecordedRepository(name, recorded)) for name in names})
    try:
        return Ended(program(repositories))
    except SuspendedError as suspended:
        return suspended.call
    except DomainError as error:
        return Ended(error)


@dataclass(frozen=True, slots=True)
class State:
    """The store and the answers that each program has received. Crashed programs receive no more."""

    store: InMemoryStore
    answers: tuple[tuple[object, ...], ...]
    crashed: frozenset[int] = frozenset()

    def key(self) -> tuple[Hashable, tuple[Hashable, ...], frozenset[int]]:
        return self.store.snapshot(_without_times), tuple(map(_without_times, self.answers)), self.crashed

    def after(self, number: int, call: Call) -> 'State':
        store, answers = self.store.copy(), list(self.answers)
        answers[number] = (*answers[number], call.run(store))
        return State(store, tuple(answers), self.crashed)


def _without_times(value: object) -> Hashable:
    """Return a value for comparisons: times of arrival differ in equal states."""
    if isinstance(value, tuple):
        return tuple(map(_without_times, value))
    if isinstance(value, UnappliedEvent):
        return _digest(value.event), value.status, value.reason, value.deliveries, value.applied_at is None
    if isinstance(value, DomainError):
        return type(value), str(value)
    return value


@dataclass(slots=True)
class Exploration:
    """Run `programs` in every interleaving and `check` each distinct end. Up to `crashes` of them crash at any step."""

    programs: Sequence[Program]
    check: Callable[[InMemoryStore, list[object]], None]
    crashes: int = 0
    ends: int = 0
    _schedules: dict[Hashable, int] = field(default_factory=dict)
    _steps: dict[Hashable, Call | Ended] = field(default_factory=dict)

    def run(self, store: InMemoryStore) -> int:
        """Return the number of interleavings."""
        return self._count(State(store, ((),) * len(self.programs)))

    @property
    def states(self) -> int:
        return len(self._schedules)

    def _count(self, state: State) -> int:
        key = state.key()
        if key not in self._schedules:
            steps = [self._step(state, number, key[1][number]) for number in range(len(self.programs))]
            calls = {number: step for number, step in enumerate(steps) if isinstance(step, Call)}
            if not calls:
                self.ends += 1
                self.check(state.store, [step.result for step in steps if isinstance(step, Ended)])
            self._schedules[key] = sum(map(self._count, self._successors(state, calls))) if calls else 1
        return self._schedules[key]

    def _step(self, state: State, number: int, answers: Hashable) -> Call | Ended:
        if number in state.crashed:
            return Ended(None)
        if (number, answers) not in self._steps:
            self._steps[number, answers] = next_step(self.programs[number], state.answers[number])
        return self._steps[number, answers]

    def _successors(self, state: State, calls: dict[int, Call]) -> Iterator[State]:
        for number, call in calls.items():
            yield state.after(number, call)
            if len(state.crashed) < self.crashes:
                yield replace(state, crashed=state.crashed | {number})
