"""All the ways in which the steps of several deliveries can interleave: enumerated, not met by chance.

A step is one call to a repository, atomic by contract. A program runs until its next call, is told the answer when its
turn comes, and runs on; for that it is run anew from the start with the answers it has had, which it cannot notice.
Two schedules that lead to the same store, and to the same answers for every program, go on alike: such a state is
explored once, and counted for each schedule.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast, final

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api.entities.events import digest
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedEvent
from realmate_challenge.webhook_api.tests.support.fakes import InMemoryStore, Repositories, in_memory

type Program = Callable[[Repositories], object]


@final
@dataclass(frozen=True, slots=True)
class Call:
    """What a program wants of a repository next."""

    repository: str
    method: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def on(self, store: InMemoryStore) -> object:
        try:
            answer = getattr(getattr(in_memory(store), self.repository), self.method)(*self.args, **self.kwargs)
        except DomainError as error:
            return error
        return tuple(answer) if isinstance(answer, list) else answer


class SuspendedError(BaseException):
    """Leaves a program in its middle."""

    def __init__(self, call: Call) -> None:
        self.call = call


@final
@dataclass(frozen=True, slots=True)
class Ended:
    """What a program returned, or the error that it ended with; None, if it crashed."""

    result: object


@final
@dataclass(frozen=True, slots=True)
class Answering:
    """A repository that gives the answers it was told, and then stops the program."""

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
    given = iter(answers)
    names = ('conversations', 'messages', 'transcripts', 'unapplied_events')
    repositories = Repositories(**{name: cast('Any', Answering(name, given)) for name in names})
    try:
        return Ended(program(repositories))
    except SuspendedError as suspended:
        return suspended.call
    except DomainError as error:
        return Ended(error)


@final
@dataclass(frozen=True, slots=True)
class World:
    """The store, and what every program has been told; `crashed` ones are told nothing more."""

    store: InMemoryStore
    answers: tuple[tuple[object, ...], ...]
    crashed: frozenset[int] = frozenset()

    def key(self) -> Hashable:
        kept = self.store.unapplied_events.values()
        return (
            frozenset(self.store.conversations.values()),
            frozenset(self.store.erased),
            frozenset(self.store.messages.values()),
            frozenset(map(_without_clock, kept)),
            tuple(tuple(map(_without_clock, each)) for each in self.answers),
            self.crashed,
        )

    def after(self, number: int, call: Call) -> 'World':
        store = replace(
            self.store,
            conversations=dict(self.store.conversations),
            erased=dict(self.store.erased),
            messages=dict(self.store.messages),
            unapplied_events=dict(self.store.unapplied_events),
        )
        told = list(self.answers)
        told[number] = (*told[number], call.on(store))
        return World(store, tuple(told), self.crashed)


def _without_clock(value: object) -> Hashable:
    if isinstance(value, tuple):
        return tuple(map(_without_clock, value))
    if isinstance(value, UnappliedEvent):
        return digest(value.event), value.status, value.reason, value.deliveries, value.applied_at is None
    if isinstance(value, DomainError):
        return type(value), str(value)
    return value


@final
@dataclass(slots=True)
class Exploration:
    """Runs `programs` in every interleaving and `check`s each distinct end; up to `crashes` of them die, anywhere."""

    programs: Sequence[Program]
    check: Callable[[InMemoryStore, list[object]], None]
    crashes: int = 0
    ends: int = 0
    _schedules: dict[Hashable, int] = field(default_factory=dict)

    def run(self, store: InMemoryStore) -> int:
        """How many interleavings there are."""
        return self._count(World(store, ((),) * len(self.programs)))

    @property
    def states(self) -> int:
        return len(self._schedules)

    def _count(self, world: World) -> int:
        key = world.key()
        if key not in self._schedules:
            steps = [self._step(world, number) for number in range(len(self.programs))]
            calls = {number: step for number, step in enumerate(steps) if isinstance(step, Call)}
            if not calls:
                self.ends += 1
                self.check(world.store, [step.result for step in steps if isinstance(step, Ended)])
            self._schedules[key] = sum(map(self._count, self._successors(world, calls))) if calls else 1
        return self._schedules[key]

    def _step(self, world: World, number: int) -> Call | Ended:
        if number in world.crashed:
            return Ended(None)
        return next_step(self.programs[number], world.answers[number])

    def _successors(self, world: World, calls: dict[int, Call]) -> Iterator[World]:
        for number, call in calls.items():
            yield world.after(number, call)
            if len(world.crashed) < self.crashes:
                yield replace(world, crashed=world.crashed | {number})
