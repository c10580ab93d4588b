"""The results of runs, and comparisons of two contenders."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """`cpu_us` is the CPU time of the server for each request, `peak_mib` the peak memory of its largest process."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    peak_mib: float
    problems: tuple[str, ...] = ()

    def __str__(self) -> str:
        latency = f'p50 {self.p50_ms:.1f} ms  p99 {self.p99_ms:.1f} ms'
        return f'{self.rate:,.0f}/s  {latency}  CPU {self.cpu_us:,.0f} us  peak {self.peak_mib:.1f} MiB'


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Memory of the largest process after few and after many events."""

    early_mib: float
    late_mib: float
    problems: tuple[str, ...] = ()

    @property
    def growth(self) -> float:
        return self.late_mib / self.early_mib - 1

    def __str__(self) -> str:
        return f'{self.early_mib:.1f} MiB, then {self.late_mib:.1f} MiB: {self.growth:+.1%}'


@final
@dataclass(frozen=True, slots=True)
class Skipped:
    reason: str
    problems: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f'SKIPPED: {self.reason}'


type Result = Speed | Memory | Skipped
# By scenario, then by contender: one result for each round.
type Results = dict[str, dict[str, list[Result]]]


def ratio(ours: Sequence[Speed], theirs: Sequence[Speed]) -> float:
    """Return the ratio of the rates: the median over rounds, because the machine is alike within a round."""
    return statistics.median(mine.rate / other.rate for mine, other in zip(ours, theirs, strict=True))


def cost_ratio(ours: Sequence[Speed], theirs: Sequence[Speed]) -> float:
    """Return the ratio of the CPU times, likewise. A busy machine distorts it less."""
    return statistics.median(mine.cpu_us / other.cpu_us for mine, other in zip(ours, theirs, strict=True))


def median(runs: Sequence[Speed]) -> Speed:
    """Return the median of each figure."""
    return Speed(
        rate=statistics.median(run.rate for run in runs),
        p50_ms=statistics.median(run.p50_ms for run in runs),
        p99_ms=statistics.median(run.p99_ms for run in runs),
        cpu_us=statistics.median(run.cpu_us for run in runs),
        peak_mib=statistics.median(run.peak_mib for run in runs),
    )
