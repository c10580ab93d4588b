"""The load generator: `wrk` (github.com/wg/wrk) with `load.lua`."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from benchmarks.errors import BenchmarkError

SCRIPT: Final = Path(__file__).with_name('load.lua')
# The time for answers to requests that are in progress at the end.
DRAIN_SECONDS: Final = 30
MISSING: Final = 'wrk is not installed: run `apt install wrk`, or see github.com/wg/wrk.'


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The counts of a run. `unanswered` requests were sent, but got no answer before the end of the drain."""

    answered: int
    refused: int
    unanswered: int
    socket_errors: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        return self.answered / self.seconds if self.seconds else 0.0

    @property
    def acknowledged(self) -> int:
        return self.answered - self.refused

    def problems(self) -> list[str]:
        counted = (
            (self.refused, 'answers were not 2xx'),
            (self.unanswered, 'requests were never answered'),
            (self.socket_errors, 'socket errors'),
        )
        return [f'{count} {what}' for count, what in counted if count]


def parse(output: str) -> Load:
    """Return the JSON line that `load.lua` prints among wrk's own lines.

    Raises: BenchmarkError if there is none.
    """
    for line in reversed(output.splitlines()):
        if line.startswith('{'):
            return Load(**json.loads(line))
    message = f'wrk printed no result. Its output: {output.strip()[-500:] or "nothing"}'
    raise BenchmarkError(message)


def require() -> None:
    if shutil.which('wrk') is None:
        raise BenchmarkError(MISSING)


def drive(base: str, requests: Path, *, seconds: int, connections: int, token: str | None = None) -> Load:
    """Send the requests of a file for `seconds`, or until every event is sent, and wait for every answer."""
    options = ['--threads', '1', '--connections', str(connections), '--timeout', f'{DRAIN_SECONDS}s']
    options += ['--duration', f'{seconds + DRAIN_SECONDS}s', '--script', str(SCRIPT)]
    if token:
        # `load.lua` gives events their own headers instead.
        options += ['--header', f'Authorization: Token {token}']
    arguments = [str(requests), str(seconds), str(connections)]
    finished = subprocess.run(
        ['wrk', *options, base, '--', *arguments], capture_output=True, text=True, check=False, errors='replace'
    )
    if errors := finished.stderr.strip():
        print(f'    wrk: {errors}')
    return parse(finished.stdout)
