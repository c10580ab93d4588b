"""Fixtures for every test."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import hypothesis
import pytest
from django.conf import settings
from rest_framework.response import Response
from rest_framework.test import APIClient

from realmate_challenge.webhook_api.tests.support.fakes import Repositories, in_memory

type PostEvent = Callable[..., Response]

WEBHOOK: Final = '/webhook/'

# No deadline, for machines are slow now and then; nothing remembered, so that every run is as good as the first.
hypothesis.settings.register_profile('gate', max_examples=60, deadline=None, database=None)
hypothesis.settings.load_profile('gate')


@pytest.fixture(scope='session')
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_modify_db_settings_parallel_suffix: None,  # a database for each process of pytest-xdist
) -> None:
    """Keep SQLite in a file, as in production: in memory it knows neither WAL nor waiting for another thread's lock."""
    database = settings.DATABASES['default']
    if database['ENGINE'] == 'django.db.backends.sqlite3':
        database.setdefault('TEST', {})['NAME'] = str(tmp_path_factory.mktemp('database') / 'test.sqlite3')


@pytest.fixture
def api_client() -> APIClient:
    """Answers as the server would, also when the service crashes."""
    return APIClient(raise_request_exception=False)


@pytest.fixture
def post_event(api_client: APIClient) -> PostEvent:
    """Posts a payload as JSON; or `bytes`, as they are. Keywords become WSGI's (`HTTP_ACCEPT=...`)."""

    def post(body: Mapping[str, Any] | bytes, **environ: Any) -> Response:  # noqa: ANN401 - the test client's own
        if not isinstance(body, bytes):
            return api_client.post(WEBHOOK, body, **environ)
        data: Any = body  # the stubs want text, Django takes both
        return api_client.generic('POST', WEBHOOK, data, **{'content_type': 'application/json', **environ})

    return post


@pytest.fixture
def memory() -> Repositories:
    """Empty repositories that need no database."""
    return in_memory()
