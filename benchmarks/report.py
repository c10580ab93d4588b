"""The summary of a benchmark."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from benchmarks.results import Memory, Result, Results, Speed, cost_ratio, median, ratio
from benchmarks.scenarios import SCENARIOS

HEADER: Final = f'{"":12}{"per second":>12}{"p50 ms":>10}{"p99 ms":>10}{"CPU us":>10}{"peak MiB":>10}'


def lines(results: Results) -> Iterator[str]:
    for name, by_contender in results.items():
        yield from ('', f'{name}: {SCENARIOS[name].summary} (medians)')
        yield from _memory(by_contender) if SCENARIOS[name].memory else _speed(by_contender)
    yield from _against_baselines(results)


def _speed(by_contender: Mapping[str, Sequence[Result]]) -> Iterator[str]:
    speeds = {name: runs for name, every in by_contender.items() if (runs := _only(Speed, every))}
    if not speeds:
        yield '  skipped'
        return
    first, mine = next(iter(speeds.items()))
    yield HEADER + (f'   {first} is' if len(speeds) > 1 else '')
    for name, runs in speeds.items():
        row = median(runs)
        figures = f'{row.rate:12,.0f}{row.p50_ms:10.1f}{row.p99_ms:10.1f}{row.cpu_us:10,.0f}{row.peak_mib:10.1f}'
        against = f'   {ratio(mine, runs):.2f}x as fast, {cost_ratio(mine, runs):.2f}x the CPU'
        yield f'  {name:10}{figures}' + (against if name != first else '')


def _memory(by_contender: Mapping[str, Sequence[Result]]) -> Iterator[str]:
    for name, every in by_contender.items():
        runs = sorted(_only(Memory, every), key=lambda run: run.growth)
        yield f'  {name:10}{runs[len(runs) // 2]}' if runs else f'  {name:10}skipped'


def _against_baselines(results: Results) -> Iterator[str]:
    for name in results:
        baseline = SCENARIOS[name].baseline
        if baseline is not None and baseline in results:
            yield ''
            yield from _against(results, name, baseline)


def _against(results: Results, name: str, baseline: str) -> Iterator[str]:
    for contender, every in results[name].items():
        runs, base = _only(Speed, every), _only(Speed, results[baseline][contender])
        if runs and base:
            yield f'{contender}: {name} is {ratio(runs, base):.2f}x of {baseline}'


def _only[Kind](kind: type[Kind], results: Sequence[Result]) -> list[Kind]:
    return [result for result in results if isinstance(result, kind)]
