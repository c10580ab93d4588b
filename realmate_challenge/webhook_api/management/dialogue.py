"""Dialogues between a customer and an agent of a rental agency, in Brazilian Portuguese."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final, final

from faker import Faker

from realmate_challenge.webhook_api.entities.message import MessageDirection

type Line = tuple[MessageDirection, str]

PHRASES: Final[dict[str, Any]] = json.loads(Path(__file__).with_name('phrases.json').read_text('utf-8'))
CUSTOMER: Final = MessageDirection.RECEIVED
AGENT: Final = MessageDirection.SENT
# The number of lines about one question. Most often it is a question and an answer.
SIZES: Final = (2, 2, 2, 3, 3, 4)
GOODBYE_LINES: Final = 3
NAMES: Final = 300


@final
class Writer:
    """The same `seed` gives the same dialogues in the same order."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - sample data, not a secret
        fake = Faker('pt_BR')
        fake.seed_instance(seed)
        # Faker is slow, so each name is made once.
        self._customers = [(fake.first_name_female(), 'a') for _ in range(NAMES)]
        self._customers += [(fake.first_name_male(), 'o') for _ in range(NAMES)]
        self._places = [(fake.bairro(), f'Rua {fake.first_name()} {fake.last_name()}') for _ in range(NAMES)]
        self._agency = f'Imobiliária {fake.last_name()}'

    def dialogue(self, length: int, *, hour: int, ends: bool) -> Iterator[Line]:
        """Yield `length` lines, the first one of the customer. Only one that `ends` has a goodbye."""
        choose = self._random.choice
        (customer, ending), (agent, _) = choose(self._customers), choose(self._customers)
        greeting = ('Bom dia', 'Boa tarde', 'Boa noite')[(hour >= 12) + (hour >= 18)]  # noqa: PLR2004 - noon and 18:00
        facts = {'greeting': greeting, 'agency': self._agency, 'agent': agent, 'customer': customer, 'o': ending}
        goodbye = max(0, min(GOODBYE_LINES, length - 2)) if ends else 0
        yield from self._questions(length - goodbye, facts)
        keys = ('thanks', 'farewells', 'last_words')[:goodbye]
        for direction, key in zip((CUSTOMER, AGENT, CUSTOMER), keys, strict=False):
            yield direction, choose(PHRASES[key]).format_map(facts)

    def _questions(self, length: int, facts: dict[str, str]) -> Iterator[Line]:
        before_ask, before_answer = self._random.choice(PHRASES['hellos']), self._random.choice(PHRASES['welcomes'])
        topic: list[dict[str, str]] = []
        while length > 0:
            if not topic:
                topic = list(self._random.choice(PHRASES['topics']))
                facts |= self._facts()
            # A single line cannot be both question and answer, so none may remain.
            size = self._random.choice([size for size in SIZES if size <= length - 2] or [min(length, 3)])
            length -= size
            for direction, phrase in self._lines(topic.pop(0), size, before_ask, before_answer):
                yield direction, phrase.format_map(facts).strip()
            before_ask, before_answer = '' if topic else self._random.choice(PHRASES['transitions']), ''

    def _lines(self, question: dict[str, str], size: int, before_ask: str, before_answer: str) -> list[Line]:
        ask, answer = f'{before_ask} {question["ask"]}', f'{before_answer} {question["answer"]}'
        more = question.get('more') or self._random.choice(PHRASES['second_thoughts'])
        extra = question.get('extra') or self._random.choice(PHRASES['afterthoughts'])
        customer_adds = size > 3 or (size == 3 and 'extra' not in question)  # noqa: PLR2004 - lines
        lines = [(CUSTOMER, ask), *([(CUSTOMER, more)] if customer_adds else []), (AGENT, answer), (AGENT, extra)]
        return lines[:size]

    def _facts(self) -> dict[str, str]:
        number, (neighbourhood, street) = self._random.randrange, self._random.choice(self._places)
        day = self._random.choice(('segunda', 'terça', 'quarta', 'quinta', 'sexta'))
        return {
            'neighbourhood': neighbourhood,
            'street': street,
            'number': str(number(12, 2400)),
            'rooms': f'{number(2, 5)} quartos',
            'area': str(number(45, 180)),
            'spaces': self._random.choice(('uma vaga', 'duas vagas')),
            'rent': _reais(number(1_200, 6_500, 50)),
            'fee': _reais(number(250, 1_100, 10)),
            'tax': _reais(number(60, 400, 5)),
            'price': _reais(number(250_000, 1_400_000, 5_000)),
            'code': f'AP{number(1000, 9999)}',
            'protocol': str(number(100_000, 999_999)),
            'day': f'{day}-feira',
            'time': f'{number(9, 18)}h',
            'due': self._random.choice(('20', '25', '28')),
            'new_due': self._random.choice(('5', '10')),
        }


def _reais(amount: int) -> str:
    return f'R$ {amount:_},00'.replace('_', '.')
