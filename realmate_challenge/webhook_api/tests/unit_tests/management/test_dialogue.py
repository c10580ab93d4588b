from itertools import groupby, pairwise
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realmate_challenge.webhook_api.entities.message import MessageDirection
from realmate_challenge.webhook_api.management import phrases
from realmate_challenge.webhook_api.management.cast import Cast, draw_cast
from realmate_challenge.webhook_api.management.dialogue import RentalDialogues

DIALOGUES: Final = RentalDialogues(draw_cast(seed=7))
ANY_SEED: Final = st.integers(0, 2**64 - 1)
# A line that a goodbye can end with, up to its first name to fill in.
LAST_LINES: Final = tuple(
    phrase.partition('{')[0] for phrase in (*phrases.THANKS, *phrases.FAREWELLS, *phrases.LAST_WORDS)
)


@given(length=st.integers(0, 150), hour=st.integers(0, 23), ends=st.booleans(), seed=ANY_SEED)
@settings(deadline=None)
def test_any_dialogue_is_as_long_as_asked_begins_with_the_customer_and_takes_turns(
    length: int, hour: int, *, ends: bool, seed: int
) -> None:
    lines = list(DIALOGUES.lines(length, hour=hour, ends=ends, seed=seed))
    directions = [direction for direction, _ in lines]
    assert len(lines) == length
    assert directions[:1] == [MessageDirection.RECEIVED][:length]
    assert set(directions) <= set(MessageDirection)
    assert max((len(list(turn)) for _, turn in groupby(directions)), default=0) <= 2


@given(length=st.integers(1, 300), ends=st.booleans(), seed=ANY_SEED)
@settings(deadline=None)
def test_every_line_is_a_whole_sentence_with_nothing_left_to_fill_in(length: int, *, ends: bool, seed: int) -> None:
    for _, text in DIALOGUES.lines(length, hour=9, ends=ends, seed=seed):
        assert text == text.strip() != ''
        assert not {'{', '}'} & set(text)
        assert '  ' not in text
        assert text[0].isupper() or text[0].isdigit()
        assert text[-1] in '.!?👍😊'


@given(length=st.integers(3, 60), seed=ANY_SEED)
@settings(deadline=None)
def test_a_dialogue_that_ends_says_goodbye_after_an_answer(length: int, seed: int) -> None:
    lines = list(DIALOGUES.lines(length, hour=9, ends=True, seed=seed))
    thanks = tuple(phrase.partition('{')[0] for phrase in phrases.THANKS)
    place = max(place for place, (_, text) in enumerate(lines) if text.startswith(thanks))
    assert length - place <= 3
    assert lines[place - 1][0] is MessageDirection.SENT
    assert lines[-1][1].startswith(LAST_LINES)


@pytest.mark.parametrize('seed', range(20))
def test_two_lines_are_a_question_and_its_answer(seed: int) -> None:
    lines = DIALOGUES.lines(2, hour=9, ends=True, seed=seed)
    assert [direction for direction, _ in lines] == [MessageDirection.RECEIVED, MessageDirection.SENT]


def test_both_sides_sometimes_write_twice_in_a_row() -> None:
    directions = [direction for direction, _ in DIALOGUES.lines(500, hour=9, ends=False, seed=1)]
    doubles = {first for first, second in pairwise(directions) if first is second}
    assert doubles == set(MessageDirection)


def test_a_long_dialogue_goes_through_all_topics_and_then_through_them_again_about_other_things() -> None:
    lines = [text for _, text in DIALOGUES.lines(2_000, hour=9, ends=True, seed=3)]
    for topic in phrases.TOPICS:
        start = topic.need.ask.partition('{')[0]
        needs = [text for text in lines if start in text]
        assert len(needs) > 5
        assert len(set(needs)) > 1


@pytest.mark.parametrize(
    ('hour', 'greeting'), [(8, 'Bom dia'), (12, 'Boa tarde'), (17, 'Boa tarde'), (18, 'Boa noite')]
)
def test_the_greeting_fits_the_hour(hour: int, greeting: str) -> None:
    _, text = next(DIALOGUES.lines(5, hour=hour, ends=True, seed=4))
    assert greeting in text


def test_the_same_seed_gives_the_same_lines_and_another_one_others() -> None:
    first, again, other = (list(DIALOGUES.lines(50, hour=9, ends=True, seed=seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_the_same_seed_draws_the_same_cast() -> None:
    assert draw_cast(5) == draw_cast(5) != draw_cast(6)


def test_the_cast_has_women_and_men_and_many_places() -> None:
    cast: Cast = draw_cast(5)
    assert {person.ending for person in cast.customers} == {'a', 'o'}
    assert len(set(cast.streets)) > 100
    assert not any(' De ' in place for place in cast.neighbourhoods)
