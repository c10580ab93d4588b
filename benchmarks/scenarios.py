"""What is measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """What the database holds before the run."""

    conversations: int
    messages_each: int = 0

    @property
    def messages(self) -> int:
        return self.conversations * self.messages_each


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Without a `path`, new messages are posted; with one it is read, `{id}` standing for a conversation."""

    name: str
    summary: str
    histories: Histories
    path: str | None = None
    signed: bool = False
    # Memory after many events against memory after few, instead of speed.
    memory: bool = False
    # The scenario of the same contender that this one should come close to.
    baseline: str | None = None


SPREAD: Final = Histories(conversations=200)
DETAIL: Final = '/conversations/{id}/'

_ALL: Final = (
    Scenario(name='ingest', summary='new messages, spread over 200 conversations', histories=SPREAD),
    Scenario(
        name='ingest-one',
        summary='new messages, all into one conversation that has 5,000',
        histories=Histories(conversations=1, messages_each=5_000),
        baseline='ingest',
    ),
    Scenario(
        name='signed-ingest',
        summary='as ingest, each event signed (Standard Webhooks) and verified',
        histories=SPREAD,
        signed=True,
        baseline='ingest',
    ),
    Scenario(
        name='first-page-20',
        summary='first page of conversations with 20 messages',
        histories=Histories(conversations=200, messages_each=20),
        path=DETAIL,
    ),
    Scenario(
        name='first-page-5000',
        summary='first page of conversations with 5,000 messages',
        histories=Histories(conversations=10, messages_each=5_000),
        path=DETAIL,
        baseline='first-page-20',
    ),
    Scenario(
        name='first-page-50000',
        summary='first page of conversations with 50,000 messages',
        histories=Histories(conversations=2, messages_each=50_000),
        path=DETAIL,
        baseline='first-page-20',
    ),
    Scenario(
        name='page-500',
        summary='page 500, the last one, of conversations with 5,000 messages',
        histories=Histories(conversations=10, messages_each=5_000),
        path=f'{DETAIL}?page=500',
        baseline='first-page-5000',
    ),
    Scenario(
        name='list',
        summary='first page of the list of 100,000 conversations',
        histories=Histories(conversations=100_000, messages_each=2),
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
