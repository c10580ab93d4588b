"""Believable instants for a made-up conversation."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Final, final

# Brazil has had no daylight saving time since 2019.
BRASILIA: Final = timezone(timedelta(hours=-3))
OFFICE_OPENS: Final = 8
OFFICE_CLOSES: Final = 20
RECENT: Final = timedelta(days=30)
# A very long conversation is told faster, rather than begun years ago.
LONGEST: Final = timedelta(days=60)
SECOND: Final = 1_000_000


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The instants are drawn again from the seed whenever they are asked for, so that none is kept."""

    opened_at: datetime
    closed_at: datetime
    length: int
    pace: float
    seed: int

    def instants(self) -> Iterator[datetime]:
        """When each message is sent: strictly increasing, after `opened_at` and before `closed_at`."""
        instant = self.opened_at
        for _, gap in zip(range(self.length), _gaps(self.length, self.seed), strict=False):
            instant += timedelta(microseconds=int(gap * self.pace))
            yield instant


def draw_timeline(length: int, *, now: datetime, seed: int) -> Timeline:
    """A conversation of `length` messages that begins in office hours and is over before `now`."""
    duration = timedelta(microseconds=sum(_gaps(length, seed)))
    pace = min(1.0, LONGEST / duration)
    age = duration * pace + RECENT * Random(seed).random()  # noqa: S311 - made-up data, no secret
    opened_at = _in_office_hours(now - age)
    return Timeline(opened_at=opened_at, closed_at=opened_at + duration * pace, length=length, pace=pace, seed=seed)


def _gaps(length: int, seed: int) -> Iterator[int]:
    """Microseconds before each message, and before the close: mostly about a minute, sometimes hours."""
    random = Random(seed)  # noqa: S311 - made-up data, no secret
    yield SECOND
    for _ in range(length):
        yield int(SECOND * (4 + min(random.lognormvariate(math.log(40), 1.2), 6 * 60 * 60)))


def _in_office_hours(instant: datetime) -> datetime:
    is_open = OFFICE_OPENS <= instant.astimezone(BRASILIA).hour < OFFICE_CLOSES
    return instant if is_open else instant - timedelta(hours=12)
