"""Metrics and log lines of two workers: counts are exact, and no line shows the content of a message."""

import re
import shutil
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple
from uuid import uuid4

import orjson
import pytest

from realmate_challenge.webhook_api.tests.fault_tests.conftest import skip_without
from realmate_challenge.webhook_api.tests.support import signing
from realmate_challenge.webhook_api.tests.support.clients import signed, wait_for
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import (
    CLOSE_CONVERSATION,
    MESSAGE_RECEIVED,
    NEW_CONVERSATION,
    Payload,
    changed,
)
from realmate_challenge.webhook_api.tests.support.server import Server

# The kernel spreads connections over the workers by chance: so many senders reach both.
SENDERS: Final = 16
CONTENT: Final = 'um segredo de cliente'
SAMPLE: Final = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$', re.MULTILINE)


class Delivery(NamedTuple):
    """An event and its expected result."""

    event: Payload
    status: int
    kind: str
    outcome: str
    secret: str = signing.SECRET


@pytest.fixture
def server(database: Database, start_server: StartServer) -> Server:
    return start_server(database, WORKERS='2', WEBHOOK_SECRETS=signing.SECRET)


def deliveries() -> list[Delivery]:
    """Return deliveries with every outcome, in their order."""
    known, unknown = str(uuid4()), str(uuid4())
    opening = changed(NEW_CONVERSATION, 'data.id', known)
    closing = changed(CLOSE_CONVERSATION, 'data.id', known)
    message = changed(changed(MESSAGE_RECEIVED, 'data.conversation_id', known), 'data.content', CONTENT)
    message = changed(message, 'data.id', str(uuid4()))
    early = changed(changed(message, 'data.conversation_id', unknown), 'data.id', str(uuid4()))
    return [
        Delivery(opening, 204, 'NEW_CONVERSATION', 'applied'),
        Delivery(message, 204, 'NEW_MESSAGE', 'applied'),
        Delivery(opening, 204, 'NEW_CONVERSATION', 'redelivered'),
        Delivery(message, 204, 'NEW_MESSAGE', 'redelivered'),
        Delivery(early, 404, 'NEW_MESSAGE', 'held'),
        Delivery(early, 404, 'NEW_MESSAGE', 'held'),
        Delivery(changed(closing, 'data.id', unknown), 404, 'CLOSE_CONVERSATION', 'held'),
        Delivery(changed(opening, 'timestamp', '2025-01-01T00:00:00Z'), 400, 'NEW_CONVERSATION', 'refused'),
        Delivery(changed(message, 'data.content', f'{CONTENT}!'), 400, 'NEW_MESSAGE', 'refused'),
        Delivery(changed(message, 'data.content', f'{CONTENT}\0'), 400, 'unknown', 'invalid'),
        Delivery(opening, 401, 'unknown', 'forged', secret=signing.OTHER_SECRET),
        Delivery(closing, 204, 'CLOSE_CONVERSATION', 'applied'),
    ]


def post(server: Server, sent: list[Delivery], request_id: str) -> None:
    with server.client() as client:
        for delivery in sent:
            body = orjson.dumps(delivery.event)
            headers = {**signed(body, delivery.secret), 'X-Request-ID': request_id}
            assert client.post(body, headers).status == delivery.status


def samples(body: bytes) -> dict[tuple[str, str], float]:
    return {(name, labels): float(value) for name, labels, value in SAMPLE.findall(body.decode())}


def test_counts_of_two_workers_add_up_to_what_was_sent(server: Server) -> None:
    sent = [deliveries() for _ in range(SENDERS)]
    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(lambda mine: post(server, mine, 'parallel'), sent))

    expected = Counter(f'outcome="{one.outcome}",type="{one.kind}"' for mine in sent for one in mine)
    # New connections reach both workers, and each worker returns the sum.
    for _ in range(8):
        with server.client() as client:
            found = samples(client.get('/metrics').body)
        counts = Counter(
            {labels: int(value) for (name, labels), value in found.items() if name == 'webhook_events_total'}
        )
        assert +counts == expected
        assert found['webhook_event_duration_seconds_count', ''] == expected.total()
        kept = {labels: value for (name, labels), value in found.items() if name == 'webhook_unapplied_events'}
        assert kept['status="held"'] == kept['status="refused"'] == 2 * SENDERS
        assert kept['status="applied"'] == kept['status="dismissed"'] == 0
        assert 0 < found['webhook_oldest_held_event_age_seconds', ''] < 60


def test_promtool_accepts_the_metrics(server: Server) -> None:
    post(server, deliveries(), 'promtool')
    if (promtool := shutil.which('promtool')) is None:
        skip_without('promtool')
    with server.client() as client:
        body = client.get('/metrics').body
    checked = subprocess.run([promtool, 'check', 'metrics'], input=body, capture_output=True, timeout=60, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b'', b'')


def test_each_event_has_one_log_line_without_its_content(server: Server) -> None:
    sent = deliveries()
    post(server, sent, 'from-the-platform')

    def lines() -> list[dict[str, object]]:
        return [line for line in server.lines() if line['logger'] == 'realmate_challenge.events']

    wait_for(lambda: len(lines()) >= len(sent))
    assert CONTENT.encode() not in server.log.read_bytes()
    logged = Counter((line['type'], line['outcome'], line['status']) for line in lines())
    # A line has the type that the client gave, which metrics do not use for an invalid event.
    kinds = [one.event['type'] if one.outcome == 'invalid' else one.kind for one in sent]
    assert logged == Counter((kind, one.outcome, one.status) for kind, one in zip(kinds, sent, strict=True))
    for line in lines():
        assert line['request_id'] == 'from-the-platform'
        assert float(str(line['milliseconds'])) > 0
        is_valid = line['outcome'] not in {'invalid', 'forged'}
        assert ('conversation_id' in line) == is_valid
        assert ('message_id' in line) == (is_valid and line['type'] == 'NEW_MESSAGE')
