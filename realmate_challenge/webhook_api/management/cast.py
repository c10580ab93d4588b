"""Who takes part in made-up conversations, and where: names by Faker, drawn once, for it is slow.

The only importer of Faker, which is no dependency of the service itself.
"""

from dataclasses import dataclass
from typing import Final, final

from faker import Faker

AGENTS: Final = 8
CUSTOMERS: Final = 300
PLACES: Final = 150


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`ending` is the o or a that Portuguese grammar asks for."""

    name: str
    is_woman: bool

    @property
    def ending(self) -> str:
        return 'a' if self.is_woman else 'o'


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    agency: str
    agents: tuple[Person, ...]
    customers: tuple[Person, ...]
    neighbourhoods: tuple[str, ...]
    streets: tuple[str, ...]


def draw_cast(seed: int) -> Cast:
    """The same cast for the same seed."""
    fake = Faker('pt_BR')
    fake.seed_instance(seed)
    return Cast(
        agency=f'Imobiliária {fake.last_name()}',
        agents=tuple(_person(fake) for _ in range(AGENTS)),
        customers=tuple(_person(fake) for _ in range(CUSTOMERS)),
        neighbourhoods=tuple(_in_small_words(fake.bairro()) for _ in range(PLACES)),
        streets=tuple(f'Rua {fake.first_name()} {fake.last_name()}' for _ in range(PLACES)),
    )


def _person(fake: Faker) -> Person:
    is_woman = fake.boolean()
    return Person(name=fake.first_name_female() if is_woman else fake.first_name_male(), is_woman=is_woman)


def _in_small_words(name: str) -> str:
    """Faker writes `Vila De Sá`; people write `Vila de Sá`."""
    return ' '.join(word.lower() if word in {'De', 'Do', 'Da', 'Dos', 'Das', 'E'} else word for word in name.split())
