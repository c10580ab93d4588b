"""The log shows only the primary message of a PostgreSQL error, because the rest may contain what people wrote."""

from typing import Any, Final

import psycopg
import pytest

from realmate_challenge.webhook_api.tests.support.databases import Database, Postgres
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import MESSAGE_RECEIVED, NEW_CONVERSATION, changed
from realmate_challenge.webhook_api.tests.support.server import Server

PRIMARY: Final = 'the primary message'
PRIVATE: Final = 'um segredo de cliente'


@pytest.fixture
def postgres(database: Database) -> Postgres:
    if not isinstance(database, Postgres):
        pytest.skip('SQLite shows no rows')
    return database


@pytest.fixture
def server(start_server: StartServer, postgres: Postgres) -> Server:
    return start_server(postgres, WORKERS='1')


def fail_inserts(postgres: Postgres, sqlstate: str) -> None:
    """Make inserts of messages fail, with the content in every part of the error except the primary message."""
    postgres.execute(
        f"""CREATE FUNCTION fail(content text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
            RAISE EXCEPTION '{PRIMARY}' USING ERRCODE = '{sqlstate}', DETAIL = content, HINT = content;
            END $$""",
        """CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            EXECUTE format('SELECT fail(%L)', NEW.content); RETURN NEW; END $$""",
        'CREATE TRIGGER fail BEFORE INSERT ON webhook_api_message FOR EACH ROW EXECUTE FUNCTION fail()',
    )


def records_of_failed_message(server: Server, status: int) -> list[dict[str, Any]]:
    with server.client() as client:
        assert client.post(NEW_CONVERSATION).status == 204
        assert client.post(changed(MESSAGE_RECEIVED, 'data.content', PRIVATE)).status == status
    assert PRIVATE.encode() not in server.log.read_bytes()
    return [line for line in server.lines() if line['level'] != 'INFO']


def test_a_crash_shows_neither_detail_nor_hint_nor_context(server: Server, postgres: Postgres) -> None:
    fail_inserts(postgres, 'P0001')
    (record,) = [record for record in records_of_failed_message(server, 500) if 'traceback' in record]
    assert record['level'] == 'ERROR'
    assert record['traceback'].endswith(PRIMARY)


def test_an_unavailable_database_shows_neither(server: Server, postgres: Postgres) -> None:
    fail_inserts(postgres, '40001')
    (record,) = [line for line in records_of_failed_message(server, 503) if line['message'].endswith(PRIMARY)]
    assert record['level'] == 'ERROR'


def test_the_parameters_of_a_failed_statement_are_not_shown(server: Server, postgres: Postgres) -> None:
    try:
        postgres.execute(f'ALTER DATABASE "{postgres.name}" SET log_parameter_max_length_on_error = -1')
    except psycopg.errors.InsufficientPrivilege:
        pytest.skip('only a superuser makes PostgreSQL show parameters')
    postgres.execute('ALTER TABLE webhook_api_message ADD CONSTRAINT wrong CHECK (content IS NULL) NOT VALID')
    postgres.end_connections()
    records = records_of_failed_message(server, 500)
    assert 'violates check constraint "wrong"' in str(records)
