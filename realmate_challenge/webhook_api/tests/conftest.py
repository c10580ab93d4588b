"""Fixtures and markers for every test."""

import os
import re
import signal
from collections.abc import Callable, Mapping
from typing import Any, Final

import hypothesis
import pytest
from django.conf import settings
from rest_framework.response import Response
from rest_framework.test import APIClient

from realmate_challenge.shared.http import exception_handler
from realmate_challenge.shared.observability.logs import OncePerMinute
from realmate_challenge.webhook_api.tests.support.fakes import Repositories, in_memory

type PostEvent = Callable[..., Response]

WEBHOOK: Final = '/webhook/'
ON_POSTGRESQL: Final = re.compile('contract|isolation|plans')

# No deadline: machines are slow at times. No database: every run is independent of earlier runs.
hypothesis.settings.register_profile('tests', max_examples=60, deadline=None, database=None)
hypothesis.settings.load_profile('tests')

# A shell that starts a job in the background ignores SIGINT, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Only the tasks use it. Servers that tests start must not inherit the address of a database.
os.environ.pop('TEST_DATABASE_URL', None)


@pytest.hookimpl(tryfirst=True)  # before pytest selects tests by `-m`
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their folder, and contract tests by the name of their module."""
    for item in items:
        if item.path.parent.name == 'live_tests':
            item.add_marker('live')
        elif item.path.parent.name == 'fault_tests':
            item.add_marker('faults')
        elif item.path.parent.name == 'integration_tests' and ON_POSTGRESQL.search(item.path.stem):
            item.add_marker('postgresql')


@pytest.fixture(autouse=True)
def _nothing_was_logged_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some lines are logged once a minute: let each test see them."""
    monkeypatch.setattr(exception_handler, '_traceback_is_due', OncePerMinute())


@pytest.fixture(autouse=True)
def _every_line_is_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `caplog` and other handlers see the lines that `log_facts` writes without a record as JSON."""
    monkeypatch.setattr(settings, 'LOG_FORMAT', 'text')


@pytest.fixture(scope='session')
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_modify_db_settings_parallel_suffix: None,  # one database for each process of pytest-xdist
) -> None:
    """Keep SQLite in a file, as in production: in memory it supports neither WAL nor waiting for a lock."""
    database = settings.DATABASES['default']
    if database['ENGINE'] == 'django.db.backends.sqlite3':
        database.setdefault('TEST', {})['NAME'] = str(tmp_path_factory.mktemp('database') / 'test.sqlite3')


@pytest.fixture
def api_client() -> APIClient:
    """A client that returns a 500 as the server does, instead of raising the exception."""
    return APIClient(raise_request_exception=False)


@pytest.fixture
def post_event(api_client: APIClient) -> PostEvent:
    """A function that posts a payload as JSON, or `bytes` as they are. Keywords are WSGI variables."""

    def post(body: Mapping[str, Any] | bytes, **environ: Any) -> Response:  # noqa: ANN401 - as the test client
        if not isinstance(body, bytes):
            return api_client.post(WEBHOOK, body, **environ)
        data: Any = body  # the stubs accept text only, Django accepts both
        return api_client.generic('POST', WEBHOOK, data, **{'content_type': 'application/json', **environ})

    return post


@pytest.fixture
def memory() -> Repositories:
    """Empty repositories in memory."""
    return in_memory()
