"""What probes are told."""

from threading import Event

import orjson
import pytest
from django.db import OperationalError
from rest_framework.test import APIClient

from realmate_challenge.shared.observability import health
from realmate_challenge.shared.observability.health import ReadinessProbe
from realmate_challenge.webhook_api.tests.support.envelope import error_of


@pytest.mark.parametrize('accept', ['*/*', 'text/html', 'nonsense'])
def test_a_living_process_says_so_without_its_database(api_client: APIClient, accept: str) -> None:
    answer = api_client.get('/health/live', HTTP_ACCEPT=accept)

    assert (answer.status_code, orjson.loads(answer.content)) == (200, {'status': 'live'})
    assert answer['Cache-Control'] == 'no-store'


@pytest.mark.parametrize(('raised', 'problem'), [(None, None), (OperationalError(), 'The database cannot be reached.')])
def test_the_database_decides(monkeypatch: pytest.MonkeyPatch, raised: Exception | None, problem: str | None) -> None:
    def select_one() -> None:
        if raised is not None:
            raise raised

    monkeypatch.setattr(health, '_select_one', select_one)
    monkeypatch.setattr(health, '_is_migrated', lambda: True)

    assert ReadinessProbe().problem() == problem


def test_missing_migrations_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, '_select_one', lambda: None)
    monkeypatch.setattr(health, '_is_migrated', lambda: False)

    assert ReadinessProbe().problem() == 'Migrations are missing.'


def test_a_database_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Event()
    monkeypatch.setattr(health, 'TIMEOUT_SECONDS', 0.05)
    monkeypatch.setattr(health, '_select_one', lambda: answers.wait(10))
    monkeypatch.setattr(health, '_is_migrated', lambda: True)
    probe = ReadinessProbe()

    assert [probe.problem(), probe.problem()] == ['The database does not answer.'] * 2
    answers.set()
    monkeypatch.setattr(health, 'TIMEOUT_SECONDS', 10)
    assert probe.problem() is None


@pytest.mark.parametrize('problem', [None, 'The database cannot be reached.'])
def test_readiness_on_the_wire(api_client: APIClient, monkeypatch: pytest.MonkeyPatch, problem: str | None) -> None:
    monkeypatch.setattr(ReadinessProbe, 'problem', lambda _: problem)

    answer = api_client.get('/health/ready')

    if problem is None:
        assert (answer.status_code, orjson.loads(answer.content)) == (200, {'status': 'ready'})
    else:
        assert error_of(answer) == (503, 'SERVICE_UNAVAILABLE')
        assert int(answer['Retry-After']) > 0
        assert problem.encode() in answer.content


@pytest.mark.django_db
def test_a_migrated_database_is_ready() -> None:
    """What the probe's thread asks, asked here: its connection would outlive the test's database."""
    health._select_one()  # noqa: SLF001 - the question itself

    assert health._is_migrated()  # noqa: SLF001 - the same
