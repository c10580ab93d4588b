"""One run of one contender in one scenario."""

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, final

from benchmarks import processes, requests, wrk
from benchmarks.contenders import Contender
from benchmarks.databases import Databases
from benchmarks.preload import conversation_ids, preload
from benchmarks.results import Memory, Result, Skipped, Speed
from benchmarks.scenarios import Histories, Scenario
from benchmarks.server import Server, running

# Both workers have to be up, their connections open and their statements prepared.
WARM_UP_SECONDS: Final = 2
# More than any contender takes in here; a faster machine only ends its run earlier.
EVENTS_PER_SECOND: Final = 10_000
FEW_EVENTS: Final = 1_000
MANY_EVENTS: Final = 100_000
MEMORY_SECONDS: Final = 280  # signatures and patience hold five minutes
MICRO: Final = 1_000_000
UNAUTHORIZED: Final = 401
NOT_FOUND: Final = 404


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """`name` begins the name of every database it makes."""

    databases: Databases
    directory: Path
    name: str
    seconds: int
    connections: int
    workers: int
    key: bytes = field(default_factory=lambda: secrets.token_bytes(24))
    templates: set[str] = field(default_factory=set)

    def run(self, contender: Contender, scenario: Scenario) -> Result:
        if scenario.signed and not contender.verifies_signatures:
            return Skipped('it verifies no signatures')
        with self._database(contender, scenario.histories) as database:
            environment = {'DATABASE_URL': self.databases.url(database)}
            if scenario.signed:
                environment['WEBHOOK_SECRETS'] = f'whsec_{base64.b64encode(self.key).decode()}'
            log = self.directory / f'{contender.name}.log'
            with running(contender, workers=self.workers, environment=environment, log=log) as server:
                if reason := _obstacle(server, scenario):
                    return Skipped(reason)
                measure = self._memory if scenario.memory else self._speed
                return measure(server, scenario, (database, f'{contender.table_prefix}message'))

    def clear(self) -> None:
        for template in self.templates:
            self.databases.drop(template)

    @contextmanager
    def _database(self, contender: Contender, histories: Histories) -> Iterator[str]:
        """A copy of a database that is migrated and filled once, so that every run finds the same."""
        template = f'{self.name}_{contender.name}_{histories.conversations}x{histories.messages_each}'
        if template not in self.templates:
            self.templates.add(template)
            self.databases.create(template)
            contender.create_tables(self.databases, template)
            preload(self.databases, template, contender.table_prefix, histories)
        name = f'{self.name}_run'
        self.databases.copy(template, name)
        try:
            yield name
        finally:
            self.databases.drop(name)

    def _speed(self, server: Server, scenario: Scenario, stored_in: tuple[str, str]) -> Speed:
        warm_up = self._drive(server, self._requests(scenario, WARM_UP_SECONDS * EVENTS_PER_SECOND), WARM_UP_SECONDS)
        prepared = self._requests(scenario, self.seconds * EVENTS_PER_SECOND)
        before = processes.cpu_seconds(server.pid)
        load = self._drive(server, prepared, self.seconds)
        return Speed(
            rate=load.rate,
            p50_ms=load.p50_ms,
            p99_ms=load.p99_ms,
            cpu_us=MICRO * (processes.cpu_seconds(server.pid) - before) / max(load.answered, 1),
            peak_mib=processes.largest_mib(server.pid, 'VmHWM'),
            problems=self._problems(scenario, stored_in, warm_up, load),
        )

    def _memory(self, server: Server, scenario: Scenario, stored_in: tuple[str, str]) -> Memory:
        few = self._drive(server, self._requests(scenario, FEW_EVENTS), MEMORY_SECONDS)
        early = processes.largest_mib(server.pid, 'VmRSS')
        many = self._drive(server, self._requests(scenario, MANY_EVENTS - FEW_EVENTS), MEMORY_SECONDS)
        late = processes.largest_mib(server.pid, 'VmRSS')
        problems = self._problems(scenario, stored_in, few, many)
        if (answered := few.answered + many.answered) < MANY_EVENTS:
            problems += (f'only {answered} of {MANY_EVENTS} events in {MEMORY_SECONDS} s',)
        return Memory(early_mib=early, late_mib=late, problems=problems)

    def _requests(self, scenario: Scenario, count: int) -> Path:
        file = self.directory / 'requests'
        conversations = conversation_ids(scenario.histories.conversations)
        if scenario.path is None:
            requests.write_events(file, conversations, count, self.key if scenario.signed else None)
        else:
            requests.write_reads(file, scenario.path, conversations)
        return file

    def _drive(self, server: Server, file: Path, seconds: int) -> wrk.Load:
        return wrk.drive(server.base, file, seconds=seconds, connections=self.connections)

    def _problems(self, scenario: Scenario, stored_in: tuple[str, str], *loads: wrk.Load) -> tuple[str, ...]:
        problems = [problem for load in loads for problem in load.problems()]
        stored = self.databases.count(*stored_in) - scenario.histories.messages
        acknowledged = sum(load.acknowledged for load in loads) if scenario.path is None else 0
        if stored != acknowledged:
            problems.append(f'{stored} messages were stored, but {acknowledged} acknowledged')
        return tuple(problems)


def _obstacle(server: Server, scenario: Scenario) -> str | None:
    """Why the scenario would measure nothing."""
    if scenario.path is not None:
        path = scenario.path.format(id=conversation_ids(1)[0])
        return f'GET {path} answers 404' if server.status('GET', path) == NOT_FOUND else None
    if scenario.signed and (status := server.status('POST', '/webhook/', '{}')) != UNAUTHORIZED:
        return f'an unsigned event is answered {status}, not 401: no signature is verified'
    return None
