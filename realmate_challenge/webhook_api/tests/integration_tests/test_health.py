"""Liveness, readiness, and metrics during an outage."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from threading import Event
from types import SimpleNamespace
from typing import Final
from unittest.mock import Mock

import orjson
import pytest
from django.db import OperationalError
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from rest_framework.test import APIClient

from realmate_challenge.shared.observability import health
from realmate_challenge.shared.observability.health import ReadinessProbe
from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.entities.unapplied_event import Backlog
from realmate_challenge.webhook_api.tests.support.envelope import error_of

# HAProxy checks with OPTIONS.
METHODS: Final = ['GET', 'OPTIONS']


@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('accept', ['*/*', 'text/html', 'nonsense'])
def test_a_living_process_is_live_without_its_database(api_client: APIClient, accept: str, method: str) -> None:
    answer = api_client.generic(method, '/health/live', HTTP_ACCEPT=accept)

    assert (answer.status_code, orjson.loads(answer.content)) == (200, {'status': 'live'})
    assert answer['Cache-Control'] == 'no-store'


@pytest.mark.django_db
def test_a_migrated_database_is_ready(api_client: APIClient) -> None:
    answer = api_client.get('/health/ready')

    assert (answer.status_code, orjson.loads(answer.content)) == (200, {'status': 'ready'})


@pytest.mark.django_db
def test_missing_migrations_are_not_ready_until_they_are_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    probe = ReadinessProbe()
    with monkeypatch.context() as patched:
        patched.setattr(MigrationExecutor, 'migration_plan', lambda *_: [('a migration', False)])
        assert probe.problem() == 'Migrations are missing.'

    assert probe.problem() is None


@pytest.mark.django_db
def test_applied_migrations_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    probe = ReadinessProbe()
    assert probe.problem() is None
    monkeypatch.setattr(health, 'MigrationExecutor', Mock(side_effect=AssertionError))

    assert probe.problem() is None


def connect_to(monkeypatch: pytest.MonkeyPatch, execute: Callable[[str], object]) -> None:
    cursor = nullcontext(SimpleNamespace(execute=execute))
    fake = SimpleNamespace(cursor=lambda: cursor, close=lambda: None, vendor='postgresql')
    monkeypatch.setattr(health, 'connection', fake)


@pytest.mark.parametrize('method', METHODS)
def test_an_unreachable_database_is_a_503(api_client: APIClient, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    def fail(_statement: str) -> None:
        raise OperationalError

    connect_to(monkeypatch, fail)
    answer = api_client.generic(method, '/health/ready')

    assert error_of(answer) == (503, 'SERVICE_UNAVAILABLE')
    assert int(answer['Retry-After']) > 0
    assert b'The database cannot be reached: ' in answer.content


def test_a_hanging_database_is_queried_once_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = Event()
    statements = []

    def hang(statement: str) -> None:
        statements.append(statement)
        hanging.wait(10)
        raise OperationalError

    connect_to(monkeypatch, hang)
    monkeypatch.setattr(health, 'TIMEOUT_SECONDS', 0.05)
    probe = ReadinessProbe()

    assert [probe.problem(), probe.problem()] == ['The database does not answer.'] * 2
    assert len(statements) == 1
    hanging.set()
    monkeypatch.setattr(health, 'TIMEOUT_SECONDS', 10)
    assert probe.problem() == 'The database cannot be reached: '


@pytest.mark.django_db
def test_an_age_is_not_negative_if_the_clock_was_set_back(
    api_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    backlog = Backlog(counts={}, payload_bytes=0, oldest_held_at=tomorrow)
    monkeypatch.setattr(composition, 'measure_backlog', lambda: lambda: backlog)

    assert b'webhook_oldest_held_event_age_seconds 0.0' in api_client.get('/metrics').content


@pytest.mark.parametrize('problem', ['The database does not answer.', None])
def test_metrics_keep_the_counts_of_the_process_during_an_outage(
    api_client: APIClient, monkeypatch: pytest.MonkeyPatch, problem: str | None
) -> None:
    monkeypatch.setattr(ReadinessProbe, 'problem', lambda _: problem)
    monkeypatch.setattr(composition, 'measure_backlog', Mock(side_effect=OperationalError))

    answer = api_client.get('/metrics')

    assert answer.status_code == 200
    assert b'webhook_events_total' in answer.content
    assert b'webhook_unapplied_events' not in answer.content
