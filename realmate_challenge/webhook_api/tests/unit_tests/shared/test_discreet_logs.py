"""Tracebacks without what people wrote."""

import sys

import pytest

from realmate_challenge.shared.logs import DiscreetFormatter

TOLD = 'new row violates check constraint "wrong"'
KEPT_BACK = 'DETAIL:  Failing row contains (1, SENT, two\nlines, DETAIL: and more).'


def formatted(error: Exception, *, cause: Exception | None = None) -> str:
    try:
        raise error from cause
    except type(error):
        return DiscreetFormatter().formatException(sys.exc_info())


@pytest.mark.parametrize('cause', [None, ValueError(f'{TOLD}\n{KEPT_BACK}')])
def test_details_are_left_out(cause: Exception | None) -> None:
    text = formatted(RuntimeError(f'{TOLD}\n{KEPT_BACK}'), cause=cause)
    assert text.count(TOLD) == 1 + bool(cause)
    assert not any(private in text for private in ('Failing', 'lines', 'more'))
    assert text.endswith(f'RuntimeError: {TOLD}')


def test_other_errors_are_told_in_full() -> None:
    assert formatted(RuntimeError('two\nlines')).endswith('RuntimeError: two\nlines')
