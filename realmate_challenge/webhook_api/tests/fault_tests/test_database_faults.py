"""Single faults of the database: the sender gets a 503 or notices nothing, and no event is stored in part."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Final
from uuid import UUID

import pytest

from realmate_challenge.webhook_api.tests.support.clients import Answer, Client
from realmate_challenge.webhook_api.tests.support.databases import TABLES, Database, Databases, Postgres, Sqlite
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import (
    CLOSE_CONVERSATION,
    CONVERSATION_ID,
    MESSAGE_RECEIVED,
    NEW_CONVERSATION,
    changed,
)
from realmate_challenge.webhook_api.tests.support.server import Server

LOCK_TIMEOUT: Final = 5.0
SLACK: Final = 10.0
MARKER: Final = 'secret-of-the-database'


@pytest.fixture
def postgres(module_database: Database) -> Iterator[Postgres]:
    if not isinstance(module_database, Postgres):
        pytest.skip('PostgreSQL only')
    module_database.empty()
    yield module_database
    module_database.execute('DROP FUNCTION IF EXISTS fail CASCADE', 'DROP SEQUENCE IF EXISTS faults')


@pytest.fixture
def sqlite(module_database: Database) -> Iterator[Sqlite]:
    if not isinstance(module_database, Sqlite):
        pytest.skip('SQLite only')
    module_database.empty()
    yield module_database
    module_database.execute('DROP TRIGGER IF EXISTS fail')


@pytest.fixture(scope='module')
def server(module_database: Database, start_module_server: StartServer) -> Server:
    """A server with one thread, so that one connection serves every request."""
    return start_module_server(module_database, WORKERS='1', BLOCKING_THREADS='1')


@pytest.fixture
def client(module_database: Database, server: Server) -> Iterator[Client]:
    """A client that has opened the conversation. Request it after `postgres` or `sqlite`, which empty the database."""
    with server.client() as client:
        assert client.post(NEW_CONVERSATION).status == 204
        yield client


def fail_inserts(postgres: Postgres, sqlstate: str, *, times: int) -> None:
    """Make inserts of messages fail. A sequence counts them, because a rollback does not reset it."""
    postgres.execute(
        'CREATE SEQUENCE faults',
        f"""CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('faults') <= {times} THEN RAISE EXCEPTION '{MARKER}' USING ERRCODE = '{sqlstate}'; END IF;
            RETURN NEW; END $$""",
        'CREATE TRIGGER fail BEFORE INSERT ON webhook_api_message FOR EACH ROW EXECUTE FUNCTION fail()',
    )


def assert_nothing_is_stored(answer: Answer, database: Database, status: int = 503) -> None:
    assert answer.error == (status, 'SERVICE_UNAVAILABLE' if status == 503 else 'INTERNAL_ERROR')
    assert status == 500 or int(answer.headers['retry-after']) > 0
    assert MARKER.encode() not in answer.body
    assert {table: database.count(table) for table in TABLES} == dict.fromkeys(TABLES, 0) | {'conversation': 1}


@pytest.mark.parametrize('event', [MESSAGE_RECEIVED, CLOSE_CONVERSATION], ids=['message', 'close'])
def test_an_event_waits_for_a_lock_until_the_timeout(postgres: Postgres, client: Client, event: dict[str, str]) -> None:
    with postgres.connect() as other, other.transaction():
        other.execute('SELECT * FROM webhook_api_conversation FOR UPDATE')
        started_at = time.monotonic()
        answer = client.post(event)
        assert LOCK_TIMEOUT - 1 < time.monotonic() - started_at < LOCK_TIMEOUT + SLACK
    assert_nothing_is_stored(answer, postgres)
    assert postgres.count('conversation', "status = 'OPEN'") == 1
    assert client.post(event).status == 204


@pytest.mark.parametrize('sqlstate', ['40001', '40P01'], ids=['serialization failure', 'deadlock'])
def test_a_conflict_with_another_transaction_is_retried(postgres: Postgres, client: Client, sqlstate: str) -> None:
    fail_inserts(postgres, sqlstate, times=1)
    assert client.post(MESSAGE_RECEIVED).status == 204
    assert postgres.query('SELECT count(*), sum(messages) FROM webhook_api_messagecount') == [(1, 1)]


@pytest.mark.parametrize(
    ('sqlstate', 'failures', 'status'),
    [
        pytest.param('40001', 2, 503, id='serialization failures'),
        pytest.param('40P01', 2, 503, id='deadlocks'),
        pytest.param('53100', 1, 503, id='disk full'),
        pytest.param('53300', 1, 503, id='too many connections'),
        pytest.param('57P03', 1, 503, id='starting up'),
        pytest.param('25P03', 1, 503, id='idle in transaction'),
        pytest.param('25P04', 1, 503, id='transaction timeout'),
        pytest.param('26000', 2, 503, id='unknown prepared statement'),
        pytest.param('42P05', 2, 503, id='repeated prepared statement'),
        pytest.param('58030', 1, 503, id='I/O error'),
        pytest.param('XX000', 1, 500, id='internal error'),
        pytest.param('P0001', 1, 500, id='unknown error'),
    ],
)
def test_a_failed_insert_is_answered_without_its_cause(
    postgres: Postgres, client: Client, sqlstate: str, failures: int, status: int
) -> None:
    fail_inserts(postgres, sqlstate, times=failures)
    assert_nothing_is_stored(client.post(MESSAGE_RECEIVED), postgres, status)
    assert client.post(MESSAGE_RECEIVED).status == 204


def test_a_primary_that_became_read_only_is_left_for_another(postgres: Postgres, client: Client) -> None:
    postgres.execute(f'ALTER DATABASE {postgres.name} SET default_transaction_read_only = on')
    postgres.end_connections()
    for _ in range(2):
        assert_nothing_is_stored(client.post(MESSAGE_RECEIVED), postgres)
    postgres.execute('SET default_transaction_read_only = off', f'ALTER DATABASE {postgres.name} RESET ALL')
    # The connection of the server is still read-only, and only a new one is not.
    assert client.post(MESSAGE_RECEIVED).status == 204


@pytest.mark.parametrize('style', ['German, DMY', 'SQL, DMY', 'Postgres, YMD'])
def test_the_date_style_of_the_database_does_not_matter(postgres: Postgres, client: Client, style: str) -> None:
    postgres.execute(f"ALTER DATABASE {postgres.name} SET datestyle = '{style}'")
    postgres.end_connections()
    for event in (NEW_CONVERSATION, changed(NEW_CONVERSATION, 'data.id', str(UUID(int=1))), MESSAGE_RECEIVED):
        assert client.post(event).status == 204
    for path in ('/conversations/', f'/conversations/{CONVERSATION_ID}/', '/health/ready', '/metrics'):
        assert client.get(path).status == 200
    assert b'2025-02-21T10:20:41.349308Z' in client.get('/conversations/').body
    postgres.execute(f'ALTER DATABASE {postgres.name} RESET ALL')


def test_parameters_may_be_bound_on_the_client(postgres: Postgres, start_server: StartServer) -> None:
    with start_server(postgres, DATABASE_URL=f'{postgres.url}?server_side_binding=off', WORKERS='1').client() as client:
        for event in (NEW_CONVERSATION, NEW_CONVERSATION, MESSAGE_RECEIVED, MESSAGE_RECEIVED, CLOSE_CONVERSATION):
            assert client.post(event).status == 204
        assert client.get('/conversations/').status == 200
        assert client.get(f'/conversations/{CONVERSATION_ID}/').status == 200


def test_a_column_whose_type_changes_is_read_again(postgres: Postgres, client: Client) -> None:
    """PostgreSQL refuses prepared statements whose result would have another type."""
    alter = 'ALTER TABLE webhook_api_conversation ALTER COLUMN status TYPE '
    paths = ('/conversations/', f'/conversations/{CONVERSATION_ID}/')
    for kind in ('text', 'varchar(6)'):
        for _ in range(4):  # prepares the statements
            assert [client.post(NEW_CONVERSATION).status, *(client.get(path).status for path in paths)] == [
                204,
                200,
                200,
            ]
        postgres.execute(alter + kind)
        assert [client.post(NEW_CONVERSATION).status, *(client.get(path).status for path in paths)] == [204, 200, 200]


def test_a_read_only_database_is_not_ready(postgres: Postgres, client: Client) -> None:
    postgres.execute(f'ALTER DATABASE {postgres.name} SET default_transaction_read_only = on')
    answer = client.get('/health/ready')
    postgres.execute('SET default_transaction_read_only = off', f'ALTER DATABASE {postgres.name} RESET ALL')

    assert (answer.status, b'The database is read-only.' in answer.body) == (503, True)
    assert client.get('/health/ready').status == 200


@pytest.mark.parametrize('encoding', ['LATIN1', 'SQL_ASCII'])
def test_a_database_that_is_not_utf_8_is_refused(
    postgres: Postgres, databases: Databases, start_server: StartServer, encoding: str
) -> None:
    name = f'live_{encoding.lower()}'
    other = Postgres(databases.server, name)
    locale = "LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    postgres.execute(f'DROP DATABASE IF EXISTS {name}', f"CREATE DATABASE {name} ENCODING '{encoding}' {locale}")
    try:
        with pytest.raises(AssertionError, match=f'The encoding of the database is {encoding}'):
            other.manage('migrate', '--verbosity=0')
        assert other.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []
        with start_server(other).client() as reader:
            answer = reader.get('/health/ready')
            assert (answer.status, f'is {encoding}' in answer.body.decode()) == (503, True)
    finally:
        databases.drop(other)


def test_a_connection_that_an_administrator_ended_is_replaced(postgres: Postgres, client: Client) -> None:
    postgres.end_connections()
    assert client.post(MESSAGE_RECEIVED).status == 204


def test_sqlite_that_another_process_locks_is_a_503(sqlite: Sqlite, client: Client) -> None:
    with closing(sqlite.connect()) as other:
        other.execute('BEGIN IMMEDIATE')
        started_at = time.monotonic()
        answer = client.post(MESSAGE_RECEIVED)
        assert LOCK_TIMEOUT - 1 < time.monotonic() - started_at < LOCK_TIMEOUT + SLACK
        assert client.get(f'/conversations/{CONVERSATION_ID}/').status == 200
        other.execute('ROLLBACK')
    assert_nothing_is_stored(answer, sqlite)
    assert client.post(MESSAGE_RECEIVED).status == 204


def test_an_unexpected_error_of_sqlite_is_a_500_without_its_cause(sqlite: Sqlite, client: Client) -> None:
    sqlite.execute(
        f"CREATE TRIGGER fail BEFORE INSERT ON webhook_api_message BEGIN SELECT RAISE(ABORT, '{MARKER}'); END"
    )
    assert_nothing_is_stored(client.post(MESSAGE_RECEIVED), sqlite, 500)
