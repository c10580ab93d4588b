import logging
from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.db import Error
from django.http import HttpResponse
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from rest_framework.request import Request

from realmate_challenge.shared.http.views import OpenView
from realmate_challenge.shared.observability import metrics
from realmate_challenge.shared.observability.health import readiness
from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.entities.unapplied_event import Backlog

logger: Final = logging.getLogger(__name__)


class MetricsView(OpenView):
    """Counts of this server's processes, and the number of unapplied events in the database."""

    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002 - REST framework's signature
        return HttpResponse(metrics.exposition(BacklogCollector()), content_type=metrics.CONTENT_TYPE)


class BacklogCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        """Yield nothing during an outage of the database, when the counts of this server are needed most."""
        if problem := readiness.problem():
            logger.warning('The backlog cannot be measured: %s', problem)
            return
        try:
            backlog = composition.measure_backlog()()
        except Error as error:
            logger.warning('The backlog cannot be measured: %s', error)
            return
        yield from _families(backlog)


def _families(backlog: Backlog) -> Iterator[Metric]:
    counts = GaugeMetricFamily('webhook_unapplied_events', 'Distinct events kept, by status.', labels=['status'])
    for status, count in backlog.counts.items():
        counts.add_metric([status], count)
    yield counts
    ratio = GaugeMetricFamily('webhook_unapplied_store_ratio', 'Used share of the event store.', labels=['limit'])
    ratio.add_metric(['events'], sum(backlog.counts.values()) / settings.WEBHOOK_MAX_UNAPPLIED_EVENTS)
    ratio.add_metric(['bytes'], backlog.payload_bytes / settings.WEBHOOK_MAX_UNAPPLIED_BYTES)
    yield ratio
    now = timezone.now()
    # The clock may have been set back.
    age = max(0.0, (now - (backlog.oldest_held_at or now)).total_seconds())
    yield GaugeMetricFamily('webhook_oldest_held_event_age_seconds', 'Age of the oldest held event; 0 if none.', age)
