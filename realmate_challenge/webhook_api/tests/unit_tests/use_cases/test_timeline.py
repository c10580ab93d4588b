from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realmate_challenge.webhook_api.use_cases.timeline import (
    BRASILIA,
    LONGEST,
    OFFICE_CLOSES,
    OFFICE_OPENS,
    RECENT,
    draw_timeline,
)

NOW: Final = datetime(2025, 2, 21, 10, 20, 41, 349308, tzinfo=UTC)


@given(length=st.integers(0, 300), seed=st.integers(0, 2**64 - 1), now=st.datetimes(datetime(1971, 1, 1)))  # noqa: DTZ001 - drawn without a zone, as hypothesis asks
@settings(deadline=None)
def test_instants_increase_strictly_between_opening_and_closing_and_lie_in_the_recent_past(
    length: int, seed: int, now: datetime
) -> None:
    now = now.replace(tzinfo=UTC)
    timeline = draw_timeline(length, now=now, seed=seed)
    instants = [timeline.opened_at, *timeline.instants(), timeline.closed_at]
    assert len(instants) == length + 2
    assert all(earlier < later for earlier, later in pairwise(instants))
    assert now - RECENT - LONGEST - timedelta(days=1) < instants[0] < instants[-1] <= now
    assert OFFICE_OPENS <= timeline.opened_at.astimezone(BRASILIA).hour < OFFICE_CLOSES


def test_a_very_long_conversation_is_told_faster_and_still_increases() -> None:
    timeline = draw_timeline(200_000, now=NOW, seed=1)
    instants = [timeline.opened_at, *timeline.instants(), timeline.closed_at]
    assert all(earlier < later for earlier, later in pairwise(instants))
    assert timedelta(days=59) < instants[-1] - instants[0] <= LONGEST


@pytest.mark.parametrize('seed', range(5))
def test_instants_are_the_same_whenever_they_are_asked_for(seed: int) -> None:
    timeline = draw_timeline(50, now=NOW, seed=seed)
    assert list(timeline.instants()) == list(timeline.instants())
