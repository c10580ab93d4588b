"""Prometheus metrics of all worker processes.

With PROMETHEUS_MULTIPROC_DIR, a process writes its counts to files there. `exposition` adds up those of all processes.
"""

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, generate_latest
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

logger: Final = logging.getLogger(__name__)

# The directory of those files. A process that cannot write there can still read them.
DIRECTORY: Final = 'REALMATE_METRICS_DIRECTORY'

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

DATABASE_ERRORS: Final = Counter(
    'database_errors_total',
    'Errors caused by the database, not by a statement: operations retried, and requests answered with 503.',
    ['kind'],
)
RETRIED: Final = DATABASE_ERRORS.labels('retried')
UNAVAILABLE: Final = DATABASE_ERRORS.labels('unavailable')


class WorkerMetrics(Collector):
    """The counts in the files of all processes. A file that cannot be read is left out, with a warning."""

    def collect(self) -> Iterable[Metric]:
        files = Path(os.environ[DIRECTORY]).glob('*.db')
        return MultiProcessCollector.merge([file for file in map(str, files) if _is_readable(file)])  # type: ignore[no-untyped-call, no-any-return]  # untyped


def _is_readable(file: str) -> bool:
    try:
        MultiProcessCollector.merge([file])  # type: ignore[no-untyped-call]  # untyped
    except Exception as error:  # noqa: BLE001 - the library raises whatever the contents lead to
        logger.warning('Metrics are missing: %s cannot be read: %s', file, error)
        return False
    return True


def exposition(gauges: Collector) -> bytes:
    """Return all counts, and `gauges`, which are read now."""
    registry = CollectorRegistry()
    registry.register(gauges)
    registry.register(WorkerMetrics() if DIRECTORY in os.environ else REGISTRY)
    return generate_latest(registry)
