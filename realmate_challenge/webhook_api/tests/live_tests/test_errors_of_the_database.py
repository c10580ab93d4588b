"""Of an error of PostgreSQL, the log shows the primary message: the rest of it can show what people wrote."""

from typing import Any, Final

import psycopg
import pytest

from realmate_challenge.webhook_api.tests.support.databases import Database, Postgres
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import MESSAGE_RECEIVED, NEW_CONVERSATION, changed
from realmate_challenge.webhook_api.tests.support.server import Server

PRIMARY: Final = 'the primary message'
PRIVATE: Final = 'um segredo de cliente'
MESSAGE: Final = changed(MESSAGE_RECEIVED, 'data.content', PRIVATE)


@pytest.fixture
def postgres(database: Database) -> Postgres:
    if not isinstance(database, Postgres):
        pytest.skip('SQLite shows no rows')
    return database


@pytest.fixture
def server(start_server: StartServer, postgres: Postgres) -> Server:
    server = start_server(postgres, WORKERS='1')
    with server.client() as client:
        assert client.post(NEW_CONVERSATION).status == 204
    return server


def fail_when_a_message_is_stored(postgres: Postgres, sqlstate: str) -> None:
    """With what the message says in every part of the error but the primary message."""
    postgres.execute(
        f"""CREATE FUNCTION fail(content text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
            RAISE EXCEPTION '{PRIMARY}' USING ERRCODE = '{sqlstate}', DETAIL = content, HINT = content;
            END $$""",
        """CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            EXECUTE format('SELECT fail(%L)', NEW.content); RETURN NEW; END $$""",
        'CREATE TRIGGER fail BEFORE INSERT ON webhook_api_message FOR EACH ROW EXECUTE FUNCTION fail()',
    )


def records_without_the_event(server: Server) -> list[dict[str, Any]]:
    assert PRIVATE.encode() not in server.log.read_bytes()
    return [line for line in server.lines() if str(line['logger']).startswith('realmate_challenge.shared')]


def test_a_crash_shows_neither_detail_nor_hint_nor_context(server: Server, postgres: Postgres) -> None:
    fail_when_a_message_is_stored(postgres, 'P0001')
    with server.client() as client:
        assert client.post(MESSAGE).status == 500

    (record,) = records_without_the_event(server)
    assert record['level'] == 'ERROR'
    assert record['traceback'].endswith(PRIMARY)


def test_nor_do_a_retry_and_an_unavailability(server: Server, postgres: Postgres) -> None:
    fail_when_a_message_is_stored(postgres, '40001')
    with server.client() as client:
        assert client.post(MESSAGE).status == 503

    records = records_without_the_event(server)
    assert [record['level'] for record in records] == ['WARNING', 'ERROR']
    assert all(record['message'].endswith(PRIMARY) for record in records)


def test_nor_are_the_parameters_of_a_failed_statement_shown(server: Server, postgres: Postgres) -> None:
    (name,) = postgres.query('SELECT current_database()')[0]
    try:
        postgres.execute(f'ALTER DATABASE "{name}" SET log_parameter_max_length_on_error = -1')
    except psycopg.errors.InsufficientPrivilege:
        pytest.skip('only a superuser makes PostgreSQL show parameters')
    postgres.execute('ALTER TABLE webhook_api_message ADD CONSTRAINT wrong CHECK (content IS NULL) NOT VALID')
    postgres.end_connections()
    with server.client() as client:
        assert client.post(MESSAGE).status == 500

    assert 'violates check constraint "wrong"' in records_without_the_event(server)[-1]['traceback']
