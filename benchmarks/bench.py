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

# Starts every worker, opens the connections and prepares the statements.
WARM_UP_SECONDS: Final = 2
# More than any contender accepts here; a faster machine ends its run earlier.
EVENTS_PER_SECOND: Final = 10_000
FEW_EVENTS: Final = 1_000
MANY_EVENTS: Final = 100_000
MEMORY_SECONDS: Final = 280  # a signature is valid for five minutes
MICRO: Final = 1_000_000
UNAUTHORIZED: Final = 401
NOT_FOUND: Final = 404


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """`name` is the prefix of the names of its databases."""

    databases: Databases
    directory: Path
    name: str
    seconds: int
    connections: int
    workers: int
    key: bytes = field(default_factory=lambda: secrets.token_bytes(24))
    # The token of each template database.
    templates: dict[str, str | None] = field(default_factory=dict)

    def run(self, contender: Contender, scenario: Scenario) -> Result:
        with self._database(contender, scenario.histories) as (database, token):
            environment = {'DATABASE_URL': self.databases.url(database)}
            if scenario.signed:
                environment['WEBHOOK_SECRETS'] = f'whsec_{base64.b64encode(self.key).decode()}'
            log = self.directory / f'{contender.name}.log'
            with running(contender, workers=self.workers, environment=environment, log=log) as server:
                if reason := _obstacle(contender, server, scenario, token):
                    return Skipped(reason)
                measured = _Run(self, server, scenario, token, database, f'{contender.table_prefix}message')
                return measured.memory() if scenario.memory else measured.speed()

    def clear(self) -> None:
        for template in self.templates:
            self.databases.drop(template)

    @contextmanager
    def _database(self, contender: Contender, histories: Histories) -> Iterator[tuple[str, str | None]]:
        """Yield a copy of a migrated and filled database, so that every run starts with the same, and its token."""
        template = f'{self.name}_{contender.name}_{histories.conversations}x{histories.messages_each}'
        if template not in self.templates:
            self.templates[template] = None
            self.databases.create(template)
            self.templates[template] = contender.create_tables(self.databases, template)
            preload(self.databases, template, contender.table_prefix, histories)
        name = f'{self.name}_run'
        self.databases.copy(template, name)
        try:
            yield name, self.templates[template]
        finally:
            self.databases.drop(name)


@final
@dataclass(frozen=True, slots=True)
class _Run:
    bench: Bench
    server: Server
    scenario: Scenario
    token: str | None
    database: str
    message_table: str

    def speed(self) -> Speed:
        seconds, pid = self.bench.seconds, self.server.pid
        warm_up = self._drive(self._requests(WARM_UP_SECONDS * EVENTS_PER_SECOND), WARM_UP_SECONDS)
        prepared = self._requests(seconds * EVENTS_PER_SECOND)
        before = processes.cpu_seconds(pid)
        load = self._drive(prepared, seconds)
        return Speed(
            rate=load.rate,
            p50_ms=load.p50_ms,
            p99_ms=load.p99_ms,
            cpu_us=MICRO * (processes.cpu_seconds(pid) - before) / max(load.answered, 1),
            peak_mib=processes.largest_mib(pid, 'VmHWM'),
            problems=self._problems(warm_up, load),
        )

    def memory(self) -> Memory:
        few = self._drive(self._requests(FEW_EVENTS), MEMORY_SECONDS)
        early = processes.largest_mib(self.server.pid, 'VmRSS')
        many = self._drive(self._requests(MANY_EVENTS - FEW_EVENTS), MEMORY_SECONDS)
        late = processes.largest_mib(self.server.pid, 'VmRSS')
        problems = self._problems(few, many)
        if (answered := few.answered + many.answered) < MANY_EVENTS:
            problems += (f'only {answered} of {MANY_EVENTS} events in {MEMORY_SECONDS} s',)
        return Memory(early_mib=early, late_mib=late, problems=problems)

    def _requests(self, count: int) -> Path:
        file = self.bench.directory / 'requests'
        conversations = conversation_ids(self.scenario.histories.conversations)
        if self.scenario.path is None:
            requests.write_events(file, conversations, count, self.bench.key if self.scenario.signed else None)
        else:
            requests.write_reads(file, self.scenario.path, conversations)
        return file

    def _drive(self, file: Path, seconds: int) -> wrk.Load:
        connections = self.bench.connections
        return wrk.drive(self.server.base, file, seconds=seconds, connections=connections, token=self.token)

    def _problems(self, *loads: wrk.Load) -> tuple[str, ...]:
        problems = [problem for load in loads for problem in load.problems()]
        count = self.bench.databases.count(self.database, self.message_table)
        stored = count - self.scenario.histories.messages
        acknowledged = sum(load.acknowledged for load in loads) if self.scenario.path is None else 0
        if stored != acknowledged:
            problems.append(f'{stored} messages were stored, but {acknowledged} acknowledged')
        return tuple(problems)


def _obstacle(contender: Contender, server: Server, scenario: Scenario, token: str | None) -> str | None:
    """Return why the scenario would not measure what it should."""
    if scenario.path is None:
        is_guarded, method, path = contender.verifies_signatures and scenario.signed, 'POST', '/webhook/'
    else:
        is_guarded, method, path = bool(token), 'GET', scenario.path.format(id=conversation_ids(1)[0])
        if server.status(method, path, token=token) == NOT_FOUND:
            return f'GET {path} answers 404'
    if is_guarded and (status := server.status(method, path, '{}')) != UNAUTHORIZED:
        return f'{method} {path} without credentials answers {status}, not 401'
    return None
