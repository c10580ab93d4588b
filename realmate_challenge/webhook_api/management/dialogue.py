"""`DialogueWriter` for a Brazilian rental office: greeting, need, details, visit or price, goodbye."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from random import Random
from typing import Final, final

from realmate_challenge.webhook_api.contracts.dialogues import Line
from realmate_challenge.webhook_api.entities.message import MessageDirection
from realmate_challenge.webhook_api.management import phrases
from realmate_challenge.webhook_api.management.cast import Cast
from realmate_challenge.webhook_api.management.phrases.topic import Exchange

CUSTOMER: Final = MessageDirection.RECEIVED
AGENT: Final = MessageDirection.SENT
# How many lines an exchange may have: mostly a question and an answer.
SIZES: Final = (2, 2, 2, 3, 3, 4)
SHORTEST: Final = min(SIZES)
LONGEST_LEAVE: Final = 3


@final
@dataclass(frozen=True, slots=True)
class RentalDialogues:
    cast: Cast

    def lines(self, length: int, *, hour: int, ends: bool, seed: int) -> Iterator[Line]:
        dialogue = _Dialogue(self.cast, hour, Random(seed))  # noqa: S311 - made-up data, no secret
        return dialogue.with_leave(length) if ends else islice(dialogue.talk(), length)


@final
class _Dialogue:
    """One customer and one agent. `facts` fill the braces of the phrases, and are new for each topic."""

    def __init__(self, cast: Cast, hour: int, random: Random) -> None:
        self.cast = cast
        self.random = random
        customer, agent = random.choice(cast.customers), random.choice(cast.agents)
        self.facts = {
            'greeting': phrases.GREETINGS[0 if hour < 12 else 1 if hour < 18 else 2],  # noqa: PLR2004 - noon and six
            'agency': cast.agency,
            'agent': agent.name,
            'customer': customer.name,
            'o': customer.ending,
        }

    def with_leave(self, length: int) -> Iterator[Line]:
        """A talk and a goodbye; what is too short for both is a question, answered if there is room for that."""
        leave = max(0, min(self.random.randint(1, LONGEST_LEAVE), length - SHORTEST))
        return islice(chain(self.talk(max(SHORTEST, length - leave)), self._leave()), length)

    def talk(self, length: float = math.inf) -> Iterator[Line]:
        """Exchange after exchange, topic after topic, for at least two lines; a length that is given ends it."""
        arrange = self._opening
        for exchange in self._exchanges():
            size = self.random.choice([size for size in SIZES if size == length or size <= length - SHORTEST])
            for direction, phrase in arrange(exchange, size):
                yield direction, phrase.format_map(self.facts)
            arrange = self._exchange
            length -= size
            if not length:
                return

    def _exchanges(self) -> Iterator[Exchange]:
        """Without end: once all topics had their turn, they come again, about other places and prices."""
        transition = ''
        while True:
            for topic in self.random.sample(phrases.TOPICS, len(phrases.TOPICS)):
                self.facts |= _facts(self.cast, self.random)
                yield topic.need._replace(ask=transition + topic.need.ask)
                yield from topic.details
                transition = f'{self.random.choice(phrases.TRANSITIONS)} '

    def _opening(self, exchange: Exchange, size: int) -> list[Line]:
        hello, welcome = self.random.choice(phrases.HELLOS), self.random.choice(phrases.WELCOMES)
        ask, answer = (CUSTOMER, exchange.ask), (AGENT, f'{welcome} {exchange.answer}')
        match size:
            case 2:
                return [(CUSTOMER, f'{hello} {exchange.ask}'), answer]
            case 3:
                return [(CUSTOMER, hello), ask, answer]
            case _:
                offer = self.random.choice(phrases.OFFERS)
                return [(CUSTOMER, hello), (AGENT, f'{welcome} {offer}'), ask, (AGENT, exchange.answer)]

    def _exchange(self, exchange: Exchange, size: int) -> list[Line]:
        lines = [(CUSTOMER, exchange.ask), (AGENT, exchange.answer)]
        customer_goes_on = size > 3 or (size > 2 and self._customer_has_more(exchange))  # noqa: PLR2004 - lines
        if customer_goes_on:
            lines.insert(1, (CUSTOMER, exchange.more or self.random.choice(phrases.SECOND_THOUGHTS)))
        if len(lines) < size:
            lines.append((AGENT, exchange.extra or self.random.choice(phrases.AFTERTHOUGHTS)))
        return lines

    def _customer_has_more(self, exchange: Exchange) -> bool:
        """Who speaks twice: the one for whom there is a line of this very exchange, or else either."""
        if bool(exchange.more) == bool(exchange.extra):
            return self.random.random() < 0.5  # noqa: PLR2004 - a coin
        return bool(exchange.more)

    def _leave(self) -> Iterator[Line]:
        for direction, variants in (
            (CUSTOMER, phrases.THANKS),
            (AGENT, phrases.FAREWELLS),
            (CUSTOMER, phrases.LAST_WORDS),
        ):
            yield direction, self.random.choice(variants).format_map(self.facts)


def _facts(cast: Cast, random: Random) -> dict[str, str]:
    return {
        'neighbourhood': random.choice(cast.neighbourhoods),
        'street': random.choice(cast.streets),
        'number': str(random.randrange(12, 2400)),
        'rooms': f'{random.randint(2, 4)} quartos',
        'area': str(random.randrange(45, 180)),
        'spaces': random.choice(('uma vaga', 'duas vagas')),
        'rent': _reais(random.randrange(1_200, 6_500, 50)),
        'fee': _reais(random.randrange(250, 1_100, 10)),
        'tax': _reais(random.randrange(60, 400, 5)),
        'price': _reais(random.randrange(250_000, 1_400_000, 5_000)),
        'code': f'AP{random.randrange(1000, 9999)}',
        'protocol': str(random.randrange(100_000, 999_999)),
        'day': random.choice(phrases.DAYS),
        'time': f'{random.randint(9, 17)}h',
        'due': random.choice(('20', '25', '28')),
        'new_due': random.choice(('5', '10')),
    }


def _reais(amount: int) -> str:
    return f'R$ {amount:_},00'.replace('_', '.')
