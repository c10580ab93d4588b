"""Comparing contenders, and the summary."""

import pytest

from benchmarks import report
from benchmarks.results import Memory, Result, Skipped, Speed, cost_ratio, median, ratio


def speed(rate: float, **changes: float) -> Speed:
    figures = {'p50_ms': 1.0, 'p99_ms': 2.0, 'cpu_us': 300.0, 'peak_mib': 64.0, **changes}
    return Speed(rate=rate, **figures)  # type: ignore[arg-type]  # `problems` is not among the changes


def test_contenders_are_compared_within_each_round() -> None:
    """The machine was slow in the second round, for both; the ratio of the medians would be 1.0."""
    ours = [speed(1000), speed(100), speed(300)]
    theirs = [speed(500), speed(50), speed(300)]

    assert ratio(ours, theirs) == 2.0


def test_costs_are_compared_likewise() -> None:
    ours = [speed(1, cpu_us=100), speed(1, cpu_us=900), speed(1, cpu_us=200)]
    theirs = [speed(1, cpu_us=400), speed(1, cpu_us=3600), speed(1, cpu_us=200)]

    assert cost_ratio(ours, theirs) == 0.25


def test_contenders_need_the_same_rounds() -> None:
    with pytest.raises(ValueError, match='shorter'):
        ratio([speed(1), speed(1)], [speed(1)])


def test_each_figure_has_its_own_median() -> None:
    runs = [speed(100, p99_ms=9.0), speed(300, p99_ms=7.0), speed(200, p99_ms=8.0)]

    assert median(runs) == speed(200, p99_ms=8.0)


def test_growth_of_memory() -> None:
    assert Memory(early_mib=50.0, late_mib=51.0).growth == pytest.approx(0.02)


def test_the_summary_compares_with_the_peers_and_with_the_baseline() -> None:
    results: dict[str, dict[str, list[Result]]] = {
        'ingest': {'realmate': [speed(1500)], 'fastapi': [speed(500)]},
        'signed-ingest': {'realmate': [speed(1200)], 'fastapi': [Skipped('it verifies no signatures')]},
        'list': {'realmate': [Skipped('404')], 'fastapi': [Skipped('404')]},
        'memory': {'realmate': [Memory(early_mib=50.0, late_mib=51.0)], 'fastapi': [Skipped('why not')]},
    }

    summary = '\n'.join(report.lines(results))

    assert 'realmate is' in summary
    assert '3.00x as fast, 1.00x the CPU' in summary
    assert 'realmate: signed-ingest is 0.80x of ingest' in summary
    assert 'fastapi: signed-ingest' not in summary
    assert '(medians)\n  skipped' in summary
    assert '50.0 MiB, then 51.0 MiB: +2.0%' in summary
