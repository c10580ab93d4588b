"""Prometheus metrics of all worker processes.

`serve` sets PROMETHEUS_MULTIPROC_DIR: each process writes its counts to a file there, and `exposition` adds them up.
"""

import os
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

DATABASE_ERRORS: Final = Counter(
    'database_errors_total',
    'Errors caused by the database, not by a statement: operations retried, and requests answered with 503.',
    ['kind'],
)
RETRIED: Final = DATABASE_ERRORS.labels('retried')
UNAVAILABLE: Final = DATABASE_ERRORS.labels('unavailable')


def exposition(gauges: Collector) -> bytes:
    """Return all counts, and `gauges`, which are read now."""
    registry = CollectorRegistry()
    registry.register(gauges)
    if 'PROMETHEUS_MULTIPROC_DIR' in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # registers itself
    else:
        registry.register(REGISTRY)
    return generate_latest(registry)
