"""A guard against slowness that no clock can be: how many functions Python calls for one event, and for one page.

The numbers are what was measured, and a margin of a tenth. To see where calls went: `python -m cProfile`.
"""

import io
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import uuid4

import orjson
import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection

from realmate_challenge.webhook_api.openapi import MESSAGE_RECEIVED, NEW_CONVERSATION
from realmate_challenge.wsgi import application

WARM_UP: Final = 8
CALLS_FOR_AN_EVENT: Final = {'postgresql': 680, 'sqlite': 700}
CALLS_FOR_A_PAGE: Final = {'postgresql': 640, 'sqlite': 1010}

# In autocommit mode, as in production: a transaction around the test would take another way to the database.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _signals_as_in_production() -> Iterator[None]:
    """Django's test client, which other tests use, connects again what `wsgi` has disconnected."""
    connected = [signal for signal in (request_started, request_finished) if signal.disconnect(close_old_connections)]
    yield
    for signal in connected:
        signal.connect(close_old_connections)


def environ(method: str, path: str, document: object = None) -> dict[str, Any]:
    body = b'' if document is None else orjson.dumps(document)
    return {
        'REQUEST_METHOD': method,
        'PATH_INFO': path,
        'SERVER_NAME': 'localhost',
        'SERVER_PORT': '8000',
        'SERVER_PROTOCOL': 'HTTP/1.1',
        'HTTP_HOST': 'localhost:8000',
        'CONTENT_TYPE': 'application/json',
        'CONTENT_LENGTH': str(len(body)),
        'wsgi.input': io.BytesIO(body),
        'wsgi.input_terminated': True,
        'wsgi.url_scheme': 'http',
    }


def ask(request: dict[str, Any]) -> str:
    statuses: list[str] = []

    def start_response(status: str, *_: object) -> None:
        statuses.append(status)

    b''.join(application(request, start_response))
    return statuses[0]


def calls(run: Callable[[], object]) -> int:
    """Calls of functions, Python's and C's, in this thread."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {'call', 'c_call'}

    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


def new_message(conversation_id: str) -> dict[str, Any]:
    data = {**MESSAGE_RECEIVED['data'], 'id': str(uuid4()), 'conversation_id': conversation_id}
    return environ('POST', '/webhook/', {**MESSAGE_RECEIVED, 'data': data})


@pytest.fixture
def conversation_id() -> str:
    """With two dozen messages, and every cache warm."""
    conversation_id = str(uuid4())
    ask(environ('POST', '/webhook/', {**NEW_CONVERSATION, 'data': {'id': conversation_id}}))
    for _ in range(24):
        ask(new_message(conversation_id))
    return conversation_id


def test_an_event_stays_within_its_budget(conversation_id: str) -> None:
    request = new_message(conversation_id)
    answers: list[str] = []

    count = calls(lambda: answers.append(ask(request)))

    assert answers == ['204 No Content']
    assert count <= CALLS_FOR_AN_EVENT[connection.vendor]


def test_a_page_stays_within_its_budget(conversation_id: str) -> None:
    path = f'/conversations/{conversation_id}/'
    for _ in range(WARM_UP):
        ask(environ('GET', path))
    answers: list[str] = []

    count = calls(lambda: answers.append(ask(environ('GET', path))))

    assert answers == ['200 OK']
    assert count <= CALLS_FOR_A_PAGE[connection.vendor]
