"""Metrics that add up over two workers, and log lines that tell everything but what people wrote."""

import re
import shutil
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple
from uuid import uuid4

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from realmate_challenge.webhook_api.tests.fault_tests.conftest import missing
from realmate_challenge.webhook_api.tests.support import signing
from realmate_challenge.webhook_api.tests.support.databases import Database, Postgres, empty
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import (
    CLOSE_CONVERSATION,
    MESSAGE_RECEIVED,
    NEW_CONVERSATION,
    Payload,
    changed,
)
from realmate_challenge.webhook_api.tests.support.server import Server
from realmate_challenge.webhook_api.tests.support.waiting import wait_for

type Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]

# So many senders that both workers have some: the kernel deals connections out by chance.
SENDERS: Final = 16
STATUSES: Final = ('held', 'refused', 'applied', 'dismissed')
EVENT_COUNT: Final = ('webhook_event_duration_seconds_count', frozenset[tuple[str, str]]())
MARKER: Final = 'nobody-may-read-this'
MADE_ID: Final = re.compile(r'[0-9a-f]{32}')


class Delivery(NamedTuple):
    """Something to post, and what is to become of it."""

    event: Payload
    status: int
    kind: str
    outcome: str
    is_signed: bool = True


@pytest.fixture(scope='module')
def module_server(module_database: Database, start_module_server: StartServer) -> Server:
    return start_module_server(module_database, WORKERS='2', WEBHOOK_SECRETS=signing.SECRET)


@pytest.fixture
def server(module_server: Server, module_database: Database) -> Server:
    empty(module_database)
    return module_server


def post(server: Server, deliveries: list[Delivery], **headers: str) -> None:
    with server.client() as client:
        for delivery in deliveries:
            body = orjson.dumps(delivery.event)
            secret = signing.SECRET if delivery.is_signed else signing.OTHER_SECRET
            signed = {
                name.removeprefix('HTTP_').replace('_', '-').lower(): value
                for name, value in signing.standard(body, secret).items()
            }
            assert client.post(body, {**signed, **headers}).status == delivery.status


def a_day() -> list[list[Delivery]]:
    """In stages: each may go in parallel, once the one before is done."""
    known, unknown, message_id = str(uuid4()), str(uuid4()), str(uuid4())
    opening = changed(NEW_CONVERSATION, 'data.id', known)
    closing = changed(CLOSE_CONVERSATION, 'data.id', known)
    message = changed(changed(MESSAGE_RECEIVED, 'data.conversation_id', known), 'data.id', message_id)
    early = changed(changed(MESSAGE_RECEIVED, 'data.conversation_id', unknown), 'data.id', str(uuid4()))
    return [
        [Delivery(opening, 204, 'NEW_CONVERSATION', 'applied')],
        [Delivery(message, 204, 'NEW_MESSAGE', 'applied')],
        2
        * [
            Delivery(opening, 204, 'NEW_CONVERSATION', 'redelivered'),
            Delivery(message, 204, 'NEW_MESSAGE', 'redelivered'),
            Delivery(early, 404, 'NEW_MESSAGE', 'held'),
            Delivery(changed(closing, 'data.id', unknown), 404, 'CLOSE_CONVERSATION', 'held'),
            Delivery(changed(opening, 'timestamp', '2025-01-01T00:00:00Z'), 400, 'NEW_CONVERSATION', 'refused'),
            Delivery(changed(message, 'data.content', 'other'), 400, 'NEW_MESSAGE', 'refused'),
            Delivery(changed(message, 'data.direction', 'UP'), 400, 'unknown', 'invalid'),
            Delivery(opening, 401, 'unknown', 'forged', is_signed=False),
        ],
        [Delivery(closing, 204, 'CLOSE_CONVERSATION', 'applied')],
    ]


def samples_of(body: bytes) -> Samples:
    families = text_string_to_metric_families(body.decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def scraped(server: Server) -> Samples:
    with server.client() as client:
        answer = client.get('/metrics')
    assert answer.status == 200
    return samples_of(answer.body)


def events_of(samples: Samples) -> Counter[tuple[str, str]]:
    return Counter(
        {
            (dict(labels)['type'], dict(labels)['outcome']): int(value)
            for (name, labels), value in samples.items()
            if name == 'webhook_events_total'
        }
    )


def test_counts_of_two_workers_add_up_to_what_was_sent(server: Server) -> None:
    before = scraped(server)
    days = [a_day() for _ in range(SENDERS)]

    def send(day: list[list[Delivery]]) -> None:
        for stage in day:
            post(server, stage)

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(send, days))

    sent = Counter((delivery.kind, delivery.outcome) for day in days for stage in day for delivery in stage)
    # By different connections, and so from both workers: each tells the sum.
    for after in [scraped(server) for _ in range(8)]:
        assert +(events_of(after) - events_of(before)) == sent
        assert after[EVENT_COUNT] - before.get(EVENT_COUNT, 0) == sent.total()
        backlog = {status: after['webhook_unapplied_events', frozenset({('status', status)})] for status in STATUSES}
        assert backlog == {'held': 2 * SENDERS, 'refused': 2 * SENDERS, 'applied': 0, 'dismissed': 0}
        assert 0 < after['webhook_oldest_held_event_age_seconds', frozenset()] < 60


def test_prometheus_accepts_the_metrics(server: Server) -> None:
    for stage in a_day():
        post(server, stage)
    promtool = shutil.which('promtool')
    if promtool is None:
        missing('promtool, of the Debian package prometheus')
    with server.client() as client:
        body = client.get('/metrics').body
    checked = subprocess.run([promtool, 'check', 'metrics'], input=body, capture_output=True, timeout=60, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b'', b'')


def test_one_line_for_each_event_and_never_what_was_written(server: Server) -> None:
    known = lines_of_events(server)
    private = [[with_content(delivery, MARKER) for delivery in stage] for stage in a_day()]
    # What this one is refused for is the content itself.
    private[-1] += [with_content(Delivery(MESSAGE_RECEIVED, 400, 'unknown', 'invalid'), f'{MARKER}\0')]
    for stage in private:
        post(server, stage, **{'X-Request-ID': 'from-the-platform'})
    sent = [delivery for stage in private for delivery in stage]

    wait_for(lambda: len(lines_of_events(server)) >= len(known) + len(sent))
    lines = lines_of_events(server)[len(known) :]

    assert MARKER.encode() not in server.log.read_bytes()
    assert {line['request_id'] for line in lines} == {'from-the-platform'}
    told = Counter((line['type'], line['outcome'], line['status']) for line in lines)
    assert told == Counter((delivery.kind, delivery.outcome, delivery.status) for delivery in sent)
    for line in lines:
        assert line['milliseconds'] > 0
        assert ('conversation_id' in line) == (line['type'] != 'unknown')
        assert ('message_id' in line) == (line['type'] == 'NEW_MESSAGE')


def with_content(delivery: Delivery, content: str) -> Delivery:
    """In place of the brief's; other content stays other."""
    event = delivery.event
    if event['data'].get('content') != MESSAGE_RECEIVED['data']['content']:
        return delivery
    return delivery._replace(event=changed(event, 'data.content', content))


def lines_of_events(server: Server) -> list[dict[str, Any]]:
    return [line for line in server.lines() if line['logger'] == 'realmate_challenge.events']


@pytest.mark.parametrize('given', ['abc-123', 'x' * 128])
def test_a_request_id_is_taken_over(server: Server, given: str) -> None:
    with server.client() as client:
        assert client.get('/health/live', **{'X-Request-ID': given}).headers['x-request-id'] == given


@pytest.mark.parametrize('given', ['', 'a b', 'é', '"', 'x' * 129])
def test_what_is_no_request_id_is_replaced(server: Server, given: str) -> None:
    with server.client() as client:
        made = client.get('/health/live', **{'X-Request-ID': given}).headers['x-request-id']
    assert made == given if given == '"' else MADE_ID.fullmatch(made)


def test_a_crash_is_logged_with_its_request_and_without_what_was_written(
    server: Server, module_database: Database
) -> None:
    """PostgreSQL shows the whole row that a constraint refuses: whose words, it does not ask."""
    if not isinstance(module_database, Postgres):
        pytest.skip('SQLite shows no rows')
    module_database.execute('ALTER TABLE webhook_api_message ADD CONSTRAINT wrong CHECK (content IS NULL) NOT VALID')
    event = changed(MESSAGE_RECEIVED, 'data.content', MARKER)
    opening = Delivery(NEW_CONVERSATION, 204, 'NEW_CONVERSATION', 'applied')
    post(server, [opening, Delivery(event, 500, 'NEW_MESSAGE', 'failed')], **{'X-Request-ID': 'the-failing-one'})
    module_database.execute('ALTER TABLE webhook_api_message DROP CONSTRAINT wrong')

    (crash,) = [line for line in server.lines() if 'traceback' in line]
    assert crash['request_id'] == 'the-failing-one'
    assert 'violates check constraint "wrong"' in str(crash['traceback'])
    assert 'MessageRepository' in str(crash['traceback']) or 'repositories/messages.py' in str(crash['traceback'])
    assert MARKER.encode() not in server.log.read_bytes()
