"""What two workers say of themselves: the log, and metrics that add up."""

import re
import time
from contextlib import closing
from typing import Final
from uuid import uuid4

import pytest

from realmate_challenge.webhook_api.tests.support.clients import (
    JSON,
    PATIENCE_SECONDS,
    connect,
    post_all,
)
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import MESSAGE_RECEIVED, NEW_CONVERSATION, Payload, changed
from realmate_challenge.webhook_api.tests.support.server import Server

MESSAGES: Final = 200
SAID: Final = 'um segredo de cliente'
COUNT: Final = re.compile(r'^webhook_events_total\{outcome="(\w+)",type="(\w+)"\} ([\d.]+)$', re.MULTILINE)


@pytest.fixture
def server(start_server: StartServer, database: Database) -> Server:
    """With two workers, and nobody else to count."""
    return start_server(database, WORKERS='2')


def story() -> list[Payload]:
    """One conversation, its messages, each twice, and one that is too early."""
    conversation = str(uuid4())
    opening = changed(NEW_CONVERSATION, 'data.id', conversation)
    message = changed(changed(MESSAGE_RECEIVED, 'data.conversation_id', conversation), 'data.content', SAID)
    messages = [changed(message, 'data.id', str(uuid4())) for _ in range(MESSAGES)]
    early = changed(message, 'data.conversation_id', str(uuid4()))
    return [opening, *messages, *messages, early]


def metrics(port: int) -> str:
    with closing(connect(port)) as connection:
        connection.request('GET', '/metrics')
        response = connection.getresponse()
        text = response.read().decode()
    assert response.status == 200
    return text


def event_lines(server: Server, count: int) -> list[dict[str, object]]:
    """Each worker writes what it has gathered, a moment later."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server.log.read_bytes().count(b'realmate_challenge.events') < count and time.monotonic() < deadline:
        time.sleep(0.05)
    server.stop()
    return [line for line in server.lines() if line['logger'] == 'realmate_challenge.events']


def test_counts_and_lines_are_those_of_the_events_sent(server: Server) -> None:
    port = server.port
    opening, *rest = story()
    assert post_all(port, [opening], clients=1) == [204]
    assert sorted(set(post_all(port, rest))) == [204, 404]
    with closing(connect(port)) as connection:
        connection.request('POST', '/webhook/', b'{', {**JSON, 'X-Request-ID': 'the-last-one'})
        assert connection.getresponse().getheader('X-Request-ID') == 'the-last-one'

    found = {(kind, outcome): float(count) for outcome, kind, count in COUNT.findall(metrics(port))}
    assert {key: count for key, count in found.items() if count} == {
        ('NEW_CONVERSATION', 'applied'): 1,
        ('NEW_MESSAGE', 'applied'): MESSAGES,
        ('NEW_MESSAGE', 'redelivered'): MESSAGES,
        ('NEW_MESSAGE', 'held'): 1,
        ('unknown', 'invalid'): 1,
    }
    assert f'webhook_event_duration_seconds_count {2.0 * MESSAGES + 3}' in metrics(port)

    lines = event_lines(server, 2 * MESSAGES + 3)
    assert len(lines) == 2 * MESSAGES + 3
    assert SAID not in server.log.read_text(encoding='utf-8')
    assert len({line['request_id'] for line in lines}) == len(lines)
    assert [line['request_id'] for line in lines if line['outcome'] == 'invalid'] == ['the-last-one']
