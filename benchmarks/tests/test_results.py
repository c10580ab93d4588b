"""Comparisons of contenders, and the summary."""

import pytest

from benchmarks import report
from benchmarks.results import Memory, Result, Skipped, Speed, cost_ratio, median, ratio


def speed(rate: float, cpu_us: float = 300.0, p99_ms: float = 2.0) -> Speed:
    return Speed(rate=rate, p50_ms=1.0, p99_ms=p99_ms, cpu_us=cpu_us, peak_mib=64.0)


def test_contenders_are_compared_within_each_round() -> None:
    """In the second round the machine was slow for both."""
    ours = [speed(1000, 100), speed(100, 900), speed(300, 200)]
    theirs = [speed(500, 400), speed(50, 3600), speed(300, 200)]

    assert (ratio(ours, theirs), cost_ratio(ours, theirs)) == (2.0, 0.25)
    with pytest.raises(ValueError, match='shorter'):
        ratio(ours, theirs[:2])


def test_each_figure_has_its_own_median() -> None:
    runs = [speed(100, p99_ms=9.0), speed(300, p99_ms=7.0), speed(200, p99_ms=8.0)]

    assert median(runs) == speed(200, p99_ms=8.0)


def test_the_summary_compares_with_the_peers_and_with_the_baseline() -> None:
    results: dict[str, dict[str, list[Result]]] = {
        'ingest': {'realmate': [speed(1500)], 'fastapi': [speed(500)]},
        'unsigned-ingest': {'realmate': [speed(1800)], 'fastapi': [Skipped('why not')]},
        'list': {'realmate': [Skipped('404')], 'fastapi': [Skipped('404')]},
        'memory': {'realmate': [Memory(early_mib=50.0, late_mib=51.0)], 'fastapi': [Skipped('why not')]},
    }

    summary = '\n'.join(report.lines(results))

    assert '3.00x as fast, 1.00x the CPU' in summary
    assert 'realmate: unsigned-ingest is 1.20x of ingest' in summary
    assert 'fastapi: unsigned-ingest' not in summary
    assert '(medians)\n  skipped' in summary
    assert '50.0 MiB, then 51.0 MiB: +2.0%' in summary
