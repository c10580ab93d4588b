"""Prometheus metrics, right across worker processes.

With PROMETHEUS_MULTIPROC_DIR set when a process starts (`serve` sets it), every process counts in a file of its own
there, and `exposition` adds them up; without it, the numbers are this process's.
"""

import os
from collections.abc import Iterable
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, generate_latest
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

DATABASE_ERRORS: Final = Counter(
    'database_errors_total',
    'Errors that the database, not the statement, is to blame for, by what became of them.',
    ['kind'],
)
RETRIED: Final = DATABASE_ERRORS.labels('retried')
UNAVAILABLE: Final = DATABASE_ERRORS.labels('unavailable')


class _Metrics(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def exposition(further: Iterable[Metric]) -> bytes:
    """Everything counted so far, and `further` metrics that were read just now."""
    registry = CollectorRegistry()
    if 'PROMETHEUS_MULTIPROC_DIR' in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # registers itself
    else:
        registry.register(REGISTRY)
    registry.register(_Metrics(further))
    return generate_latest(registry)
