"""Made-up conversations between a Brazilian rental agency and its customers."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from faker import Faker

from realmate_challenge.webhook_api.entities.message import MessageDirection
from realmate_challenge.webhook_api.management.factories import ConversationRowFactory, MessageRowFactory
from realmate_challenge.webhook_api.models import Conversation, Message

PHRASES: Final[dict[str, Any]] = json.loads(Path(__file__).with_name('phrases.json').read_text(encoding='utf-8'))
BRASILIA: Final = timezone(timedelta(hours=-3))
LONGEST: Final = timedelta(days=60)
CUSTOMER: Final = MessageDirection.RECEIVED
AGENT: Final = MessageDirection.SENT

type Line = tuple[MessageDirection, str]


class DialogueWriter:
    """Generate rows one by one and keep none. Everything but the ids follows from `seed` and `now`."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.now = now
        self.fake = Faker('pt_BR')
        self.fake.seed_instance(seed)
        self.random = self.fake.random
        self.agency = f'Imobiliária {self.fake.last_name()}'

    def rows(self, conversations: int, messages: int) -> Iterator[Conversation | Message]:
        """Yield each conversation before its messages. The first one is open, every second one is closed."""
        for number in range(conversations):
            yield from self._conversation(messages, closes=number % 2 == 1)

    def _conversation(self, length: int, *, closes: bool) -> Iterator[Conversation | Message]:
        """Yield a conversation that is opened in office hours and lasts at most `LONGEST`."""
        pause = min(timedelta(seconds=self.random.uniform(20, 300)), LONGEST / (length + 1))
        duration = pause * (length + 1)
        latest = self.now - duration - timedelta(days=self.random.uniform(1, 30))
        opened_at = latest.astimezone(BRASILIA).replace(hour=self.random.randint(8, 19))
        closed_at = opened_at + duration if closes else None
        conversation = ConversationRowFactory.build(opened_at=opened_at, closed_at=closed_at)
        yield conversation
        for place, (direction, content) in enumerate(self._lines(length, hour=opened_at.hour, closes=closes)):
            sent_at = opened_at + pause * (place + self.random.uniform(0.1, 0.9))
            # Without `received_at`, Django would compile the column's default expression for each row.
            yield MessageRowFactory.build(
                conversation=conversation,
                direction=direction,
                content=content,
                external_timestamp=sent_at,
                received_at=sent_at,
            )

    def _lines(self, length: int, *, hour: int, closes: bool) -> Iterator[Line]:
        """Yield exchanges without an unanswered question and, before a close, a goodbye if there is room for one."""
        ending = self.random.choice('ao')
        names = {
            'greeting': PHRASES['greetings'][sum(hour >= start for start in (12, 18))],
            'agency': self.agency,
            'agent': self.fake.first_name(),
            'customer': self.fake.first_name_female() if ending == 'a' else self.fake.first_name_male(),
            'o': ending,
        }
        goodbye = max(0, min(self.random.randint(1, 3), length - 2)) if closes else 0
        left = length - goodbye
        exchanges = self._exchanges(names)
        while left:
            asks, answers = next(exchanges)
            # Does not fit, or leaves room for a question only: shorten it to two messages or, if `left` is odd, three.
            if left - len(asks) - len(answers) in {-2, -1, 1}:
                asks, answers = asks[:1], [answers[0], self.random.choice(PHRASES['remarks'])][: 1 + left % 2]
            lines = [*((CUSTOMER, ask) for ask in asks), *((AGENT, answer) for answer in answers)][:left]
            left -= len(lines)
            yield from lines
        for direction, variants in zip((CUSTOMER, AGENT, CUSTOMER), PHRASES['goodbye'][:goodbye], strict=False):
            yield direction, self.random.choice(variants).format_map(names)

    def _exchanges(self, names: dict[str, str]) -> Iterator[list[list[str]]]:
        """Yield what the customer writes and what the agent answers, topic after topic without end."""
        prefixes = self.random.choice(PHRASES['hellos']), self.random.choice(PHRASES['welcomes'])
        while True:
            for topic in self.random.sample(PHRASES['topics'], len(PHRASES['topics'])):
                details = {name: self.random.choice(patterns) for name, patterns in PHRASES['facts'].items()}
                facts = names | {name: self.fake.numerify(pattern) for name, pattern in details.items()}
                for exchange in topic:
                    # The first phrase of a side is needed, each other one is left out half of the time.
                    turns = [
                        [first, *(more for more in rest if self.random.getrandbits(1))] for first, *rest in exchange
                    ]
                    for prefix, turn in zip(prefixes, turns, strict=True):
                        turn[0] = f'{prefix} {turn[0]}'.strip()
                    yield [[phrase.format_map(facts) for phrase in turn] for turn in turns]
                    prefixes = '', ''
                prefixes = self.random.choice(PHRASES['transitions']), ''
