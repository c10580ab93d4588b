"""`GET /metrics`, for Prometheus."""

import logging
from collections.abc import Iterator
from typing import Final, final

from django.conf import settings
from django.db import Error
from django.http import HttpResponse
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from rest_framework.request import Request

from realmate_challenge.shared.http.views import OpenView
from realmate_challenge.shared.observability import health, metrics
from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.entities.unapplied_event import Backlog

logger: Final = logging.getLogger(__name__)


@final
class MetricsView(OpenView):
    """Counts of this server's processes, and the backlog as the database has it."""

    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002 - REST framework's signature
        body = metrics.exposition(_backlog())
        return HttpResponse(body, content_type=metrics.CONTENT_TYPE)


def _backlog() -> list[Metric]:
    """Nothing while the database is away, or hangs: the counts of this server are then wanted most."""
    try:
        health.require_answer()
        return list(_families(composition.measure_backlog()()))
    except Error as error:
        logger.warning('The backlog cannot be measured: %s', error)
        return []


def _families(backlog: Backlog) -> Iterator[Metric]:
    counts = GaugeMetricFamily('webhook_unapplied_events', 'Distinct events kept, by status.', labels=['status'])
    for status, count in backlog.counts.items():
        counts.add_metric([status], count)
    yield counts
    full = GaugeMetricFamily('webhook_unapplied_store_ratio', 'How full the store of kept events is.', labels=['limit'])
    full.add_metric(['events'], sum(backlog.counts.values()) / settings.WEBHOOK_MAX_UNAPPLIED_EVENTS)
    full.add_metric(['bytes'], backlog.payload_bytes / settings.WEBHOOK_MAX_UNAPPLIED_BYTES)
    yield full
    oldest = backlog.oldest_held_at
    age = 0.0 if oldest is None else (timezone.now() - oldest).total_seconds()
    yield GaugeMetricFamily(
        'webhook_oldest_held_event_age_seconds', 'How long the longest-waiting held event waits; 0 if none.', value=age
    )
