"""The scenarios of a benchmark."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final


@final
@dataclass(frozen=True, slots=True)
class Histories:
    """The conversations in the database before a run."""

    conversations: int
    messages_each: int = 0

    @property
    def messages(self) -> int:
        return self.conversations * self.messages_each


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Without `path`, a run posts new messages; with it, a run reads, and `{id}` stands for a conversation."""

    name: str
    summary: str
    histories: Histories
    path: str | None = None
    signed: bool = True
    # Measure the memory after many events against that after few, instead of speed.
    memory: bool = False
    # A scenario to compare this one with.
    baseline: str | None = None


SPREAD: Final = Histories(200)
DETAIL: Final = '/conversations/{id}/'

_ALL: Final = (
    Scenario(name='ingest', summary='new signed messages, spread over 200 conversations', histories=SPREAD),
    Scenario(
        name='ingest-one',
        summary='new signed messages, all into one conversation that has 5,000',
        histories=Histories(1, 5_000),
        baseline='ingest',
    ),
    Scenario(
        name='unsigned-ingest',
        summary='as ingest, without signatures',
        histories=SPREAD,
        signed=False,
        baseline='ingest',
    ),
    Scenario(
        name='first-page-20',
        summary='first page of conversations with 20 messages',
        histories=Histories(200, 20),
        path=DETAIL,
    ),
    Scenario(
        name='first-page-5000',
        summary='first page of conversations with 5,000 messages',
        histories=Histories(10, 5_000),
        path=DETAIL,
        baseline='first-page-20',
    ),
    Scenario(
        name='first-page-50000',
        summary='first page of conversations with 50,000 messages',
        histories=Histories(2, 50_000),
        path=DETAIL,
        baseline='first-page-20',
    ),
    Scenario(
        name='page-500',
        summary='page 500, the last one, of conversations with 5,000 messages',
        histories=Histories(10, 5_000),
        path=f'{DETAIL}?page=500',
        baseline='first-page-5000',
    ),
    Scenario(
        name='list',
        summary='first page of the list of 100,000 conversations',
        histories=Histories(100_000, 2),
        path='/conversations/',
    ),
    Scenario(
        name='memory',
        summary='memory of a worker after 1,000 and after 100,000 new messages',
        histories=SPREAD,
        memory=True,
    ),
)
SCENARIOS: Final[Mapping[str, Scenario]] = {scenario.name: scenario for scenario in _ALL}
