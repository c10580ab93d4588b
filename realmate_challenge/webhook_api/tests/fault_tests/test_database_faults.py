"""Single faults of the database, each made on purpose: 503 and come back, or unseen; never half of an event."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Final

import pytest

from realmate_challenge.webhook_api.tests.support.client import Answer, Client
from realmate_challenge.webhook_api.tests.support.databases import (
    TABLES,
    Database,
    Postgres,
    Sqlite,
    empty,
)
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import (
    CLOSE_CONVERSATION,
    CONVERSATION_ID,
    MESSAGE_RECEIVED,
    NEW_CONVERSATION,
)
from realmate_challenge.webhook_api.tests.support.server import Server

LOCK_TIMEOUT: Final = 5.0
SLACK: Final = 3.0
MARKER: Final = 'secret-of-the-database'


def raising(sqlstate: str, *, times: int) -> tuple[str, ...]:
    """Statements after which storing a message raises, so often; a sequence counts, for it knows no rollback."""
    return (
        'CREATE SEQUENCE faults',
        f"""CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('faults') <= {times} THEN RAISE EXCEPTION '{MARKER}' USING ERRCODE = '{sqlstate}'; END IF;
            RETURN NEW; END $$""",
        'CREATE TRIGGER fail BEFORE INSERT ON webhook_api_message FOR EACH ROW EXECUTE FUNCTION fail()',
    )


@pytest.fixture
def postgres(module_database: Database) -> Iterator[Postgres]:
    if not isinstance(module_database, Postgres):
        pytest.skip('a matter of PostgreSQL')
    empty(module_database)
    yield module_database
    module_database.execute('DROP FUNCTION IF EXISTS fail CASCADE', 'DROP SEQUENCE IF EXISTS faults')


@pytest.fixture
def sqlite(module_database: Database) -> Iterator[Sqlite]:
    if not isinstance(module_database, Sqlite):
        pytest.skip('a matter of SQLite')
    empty(module_database)
    yield module_database
    module_database.execute('DROP TRIGGER IF EXISTS fail')


@pytest.fixture(scope='module')
def server(module_database: Database, start_module_server: StartServer) -> Server:
    """With one thread, so that the same connection serves every request."""
    return start_module_server(module_database, WORKERS='1', BLOCKING_THREADS='1')


@pytest.fixture
def client(module_database: Database, server: Server) -> Iterator[Client]:
    """The conversation of its events is open. It comes after `postgres` or `sqlite`, which empty the database."""
    with server.client() as client:
        assert client.post(NEW_CONVERSATION).status == 204
        yield client


def assert_unavailable(answer: Answer) -> None:
    assert (answer.status, answer.code) == (503, 'SERVICE_UNAVAILABLE')
    assert int(answer.headers['retry-after']) > 0
    assert MARKER.encode() not in answer.body


def assert_nothing_is_stored(database: Database) -> None:
    for table in {*TABLES} - {'conversation'}:
        assert database.query(f'SELECT count(*) FROM webhook_api_{table}') == [(0,)]  # noqa: S608 - names of ours


@pytest.mark.parametrize('event', [MESSAGE_RECEIVED, CLOSE_CONVERSATION], ids=['message', 'close'])
def test_waits_no_longer_for_a_lock_than_it_may(postgres: Postgres, client: Client, event: dict[str, str]) -> None:
    with postgres.connect() as other, other.transaction():
        other.execute('SELECT * FROM webhook_api_conversation FOR UPDATE')
        started_at = time.monotonic()
        assert_unavailable(client.post(event))
        assert LOCK_TIMEOUT - 1 < time.monotonic() - started_at < LOCK_TIMEOUT + SLACK
    assert_nothing_is_stored(postgres)
    assert postgres.query('SELECT status FROM webhook_api_conversation') == [('OPEN',)]
    assert client.post(event).status == 204


@pytest.mark.parametrize('sqlstate', ['40001', '40P01'], ids=['serialization failure', 'deadlock'])
def test_tries_again_unseen_what_got_in_each_others_way_once(postgres: Postgres, client: Client, sqlstate: str) -> None:
    postgres.execute(*raising(sqlstate, times=1))
    assert client.post(MESSAGE_RECEIVED).status == 204
    assert postgres.query('SELECT count(*), sum(messages) FROM webhook_api_messagecount') == [(1, 1)]


@pytest.mark.parametrize(
    'sqlstate',
    ['40001', '40P01', '53100', '53300', '57P03'],
    ids=['serialization failure', 'deadlock', 'disk full', 'too many connections', 'starting up'],
)
def test_asks_the_sender_back_when_the_database_is_to_blame(postgres: Postgres, client: Client, sqlstate: str) -> None:
    postgres.execute(*raising(sqlstate, times=2))
    for _ in range(2 if sqlstate.startswith('5') else 1):
        assert_unavailable(client.post(MESSAGE_RECEIVED))
        assert_nothing_is_stored(postgres)
    assert client.post(MESSAGE_RECEIVED).status == 204


def test_a_primary_that_became_read_only_is_left_for_another(postgres: Postgres, client: Client) -> None:
    (name,) = postgres.query('SELECT current_database()')[0]
    postgres.execute(f'ALTER DATABASE {name} SET default_transaction_read_only = on')
    postgres.end_connections()
    for _ in range(2):
        assert_unavailable(client.post(MESSAGE_RECEIVED))
    postgres.execute('SET default_transaction_read_only = off', f'ALTER DATABASE {name} RESET ALL')
    # Its connection is read-only still; a new one is not, and the sender does not see the change.
    assert client.post(MESSAGE_RECEIVED).status == 204


def test_a_connection_ended_by_an_administrator_is_replaced_unseen(postgres: Postgres, client: Client) -> None:
    postgres.end_connections()
    assert client.post(MESSAGE_RECEIVED).status == 204


@pytest.mark.parametrize('sqlstate', ['XX000', 'P0001', '58030'])
def test_what_nobody_foresaw_is_a_500_that_tells_nothing(postgres: Postgres, client: Client, sqlstate: str) -> None:
    postgres.execute(*raising(sqlstate, times=1))
    answer = client.post(MESSAGE_RECEIVED)
    expected = (503, 'SERVICE_UNAVAILABLE') if sqlstate == '58030' else (500, 'INTERNAL_ERROR')
    assert (answer.status, answer.code) == expected
    assert MARKER.encode() not in answer.body
    assert_nothing_is_stored(postgres)
    assert client.post(MESSAGE_RECEIVED).status == 204


def test_sqlite_locked_by_another_process(sqlite: Sqlite, client: Client) -> None:
    with closing(sqlite.connect()) as other:
        other.execute('BEGIN IMMEDIATE')
        started_at = time.monotonic()
        assert_unavailable(client.post(MESSAGE_RECEIVED))
        assert LOCK_TIMEOUT - 1 < time.monotonic() - started_at < LOCK_TIMEOUT + SLACK
        # Who only reads is not kept waiting.
        assert client.get(f'/conversations/{CONVERSATION_ID}/').status == 200
        other.execute('ROLLBACK')
    assert_nothing_is_stored(sqlite)
    assert client.post(MESSAGE_RECEIVED).status == 204


def test_sqlite_refusing_for_a_reason_of_its_own_is_a_500_that_tells_nothing(sqlite: Sqlite, client: Client) -> None:
    sqlite.execute(
        f"CREATE TRIGGER fail BEFORE INSERT ON webhook_api_message BEGIN SELECT RAISE(ABORT, '{MARKER}'); END"
    )
    answer = client.post(MESSAGE_RECEIVED)
    assert (answer.status, answer.code) == (500, 'INTERNAL_ERROR')
    assert MARKER.encode() not in answer.body
    assert_nothing_is_stored(sqlite)
