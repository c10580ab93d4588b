from io import StringIO
from typing import final

from django.core.management.base import OutputWrapper

from realmate_challenge.webhook_api.management.progress import ProgressBar


@final
class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@final
class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def drawn(output: StringIO, *, seconds: float, done: int = 250, total: int = 1_000) -> str:
    clock = Clock()
    bar = ProgressBar(OutputWrapper(output), total, clock)
    clock.now = seconds
    bar(done)
    bar.clear()
    return output.getvalue()


def test_a_long_run_at_a_terminal_draws_a_bar_and_takes_it_away() -> None:
    assert drawn(Terminal(), seconds=12) == (
        '\r\x1b[K########......................  25%  250 of 1,000 messages, 12 s\r\x1b[K'
    )


def test_a_full_bar_is_full() -> None:
    assert f'{"#" * 30} 100%' in drawn(Terminal(), seconds=2, done=1_000)


def test_a_run_without_messages_draws_an_empty_bar() -> None:
    assert '0 of 0' in drawn(Terminal(), seconds=2, done=0, total=0)


def test_a_short_run_draws_nothing() -> None:
    assert drawn(Terminal(), seconds=0.9) == ''


def test_what_is_no_terminal_gets_nothing() -> None:
    assert drawn(StringIO(), seconds=12) == ''
