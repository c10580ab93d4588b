"""A progress bar for long runs at a terminal."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, final

from django.core.management.base import OutputWrapper

# Sooner than this, nobody wonders.
PATIENCE_SECONDS: Final = 1.0
WIDTH: Final = 30
TO_LINE_START_AND_CLEAR: Final = '\r\x1b[K'


@final
@dataclass(slots=True)
class ProgressBar:
    """Silent when the output is no terminal, and until the run turns out to be long."""

    output: OutputWrapper
    total: int
    clock: Callable[[], float] = time.monotonic
    _started: float = field(init=False)
    _is_drawn: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._started = self.clock()

    def __call__(self, done: int) -> None:
        elapsed = self.clock() - self._started
        if elapsed < PATIENCE_SECONDS or not self.output.isatty():
            return
        share = done / max(self.total, 1)
        bar = ('#' * round(share * WIDTH)).ljust(WIDTH, '.')
        self._write(
            f'{TO_LINE_START_AND_CLEAR}{bar} {share:4.0%}  {done:,} of {self.total:,} messages, {elapsed:,.0f} s'
        )
        self._is_drawn = True

    def clear(self) -> None:
        if self._is_drawn:
            self._write(TO_LINE_START_AND_CLEAR)

    def _write(self, text: str) -> None:
        self.output.write(text, style_func=str, ending='')
        self.output.flush()
