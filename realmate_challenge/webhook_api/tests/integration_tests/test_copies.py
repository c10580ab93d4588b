"""`manage.py backup`, `restore` and `move_to`, on the real databases and programs, while events arrive."""

import re
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson
import pytest
from django.core.management.base import CommandError

from realmate_challenge.webhook_api.management.databases import run
from realmate_challenge.webhook_api.tests.support.databases import Database, Databases, Postgres, Sqlite
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import (
    BRIEF,
    CONVERSATION_ID,
    MESSAGE_RECEIVED,
    MESSAGE_SENT,
    NEW_CONVERSATION,
    Payload,
    changed,
)
from realmate_challenge.webhook_api.tests.support.server import Server

OPEN, MISSING, ERASED, UNKNOWN = (str(UUID(int=number)) for number in range(1, 5))
MOVE_SECONDS: Final = 30
# Of SQLite.
PAGE_BYTES: Final = 4096
VERIFIED: Final = 'Verified: the copy has all rows.'


def message(conversation_id: str, message_id: str) -> Payload:
    return changed(changed(MESSAGE_RECEIVED, 'data.id', message_id), 'data.conversation_id', conversation_id)


def fill(database: Database, server: Server, **environment: str) -> str:
    """Store a closed and an open conversation, a held event, an erasure, a user and a token. Return the token's key."""
    with server.client() as client:
        assert [client.post(event).status for event in BRIEF] == [204] * 4
        assert client.post(changed(NEW_CONVERSATION, 'data.id', OPEN)).status == 204
        assert client.post(message(MISSING, MISSING)).status == 404
    database.manage('erase_conversation', ERASED, **environment)
    database.manage('createsuperuser', '--no-input', '--username=reader', '--email=', **environment)
    return database.manage('create_token', 'reader', **environment).splitlines()[-1]


def assert_it_works_at_once(server: Server, token: str) -> None:
    authorization = {'Authorization': f'Token {token}'}

    def read(conversation_id: str) -> Any:  # noqa: ANN401 - a JSON document
        answer = client.get(f'/conversations/{conversation_id}/', **authorization)
        return orjson.loads(answer.body)

    with server.client() as client:
        assert client.get('/health/ready').status == 200
        assert (read(CONVERSATION_ID)['count'], read(CONVERSATION_ID)['status']) == (2, 'CLOSED')
        assert client.post(MESSAGE_SENT).status == 204  # a copy
        assert client.post(message(OPEN, OPEN)).status == 204
        assert read(OPEN)['count'] == 1
        assert client.post(changed(NEW_CONVERSATION, 'data.id', MISSING)).status == 204
        assert read(MISSING)['count'] == 1  # it was held
        # The next number of the sequence is free.
        assert client.post(message(UNKNOWN, UNKNOWN)).status == 404
        assert client.post(message(ERASED, ERASED)).status == 204
        assert client.get(f'/conversations/{ERASED}/', **authorization).status == 404


@pytest.fixture
def empty(databases: Databases) -> Iterator[Database]:
    """A database without tables."""
    made = databases.create(migrated=False)
    try:
        yield made
    finally:
        databases.drop(made)


def test_a_restored_backup_works_at_once(
    database: Database, empty: Database, start_server: StartServer, tmp_path: Path
) -> None:
    token = fill(database, start_server(database))
    file = tmp_path / "with blank, # and '.backup"

    for output in (database.manage('backup', str(file)), empty.manage('restore', str(file))):
        assert VERIFIED in output
        assert re.search(r'^ +2 webhook_api_message$', output, re.MULTILINE)
    empty.manage('migrate', '--check')
    assert_it_works_at_once(start_server(empty, API_REQUIRE_AUTH='true'), token)


def test_a_backup_during_writes_is_whole(
    database: Database, empty: Database, start_server: StartServer, tmp_path: Path
) -> None:
    file = str(tmp_path / 'file')
    with start_server(database).client() as client:
        client.post(NEW_CONVERSATION)
        process = database.start_manage('backup', file)
        number = 0
        while process.poll() is None:
            number += 1
            assert client.post(message(CONVERSATION_ID, str(UUID(int=number)))).status == 204
    assert VERIFIED in process.communicate()[0]
    assert number > 10
    assert VERIFIED in empty.manage('restore', file)


def test_a_graceful_stop_moves_everything_into_the_file_of_sqlite(
    database: Database, start_server: StartServer
) -> None:
    if not isinstance(database, Sqlite):
        pytest.skip('SQLite only')
    server = start_server(database)
    with server.client() as client:
        assert client.post(NEW_CONVERSATION).status == 204
    assert database.file.with_name(f'{database.file.name}-wal').stat().st_size > 0
    server.stop()

    assert not database.file.with_name(f'{database.file.name}-wal').exists()


def test_nothing_is_overwritten_or_half_restored(database: Database, empty: Database, tmp_path: Path) -> None:
    file = tmp_path / 'file'
    database.manage('backup', str(file))
    content = file.read_bytes()
    assert database.failure('backup', str(file)) == f'CommandError: {file} exists already.'
    assert database.failure('restore', str(file)).endswith('has tables already: create a new one.')
    assert empty.failure('restore', str(tmp_path / 'missing')).endswith('is no file.')
    assert file.read_bytes() == content

    for name, part in (('half', content[: len(content) // 2]), ('other', b'no backup')):
        (tmp_path / name).write_bytes(part)
        assert empty.failure('restore', str(tmp_path / name)).startswith(('CommandError: ', 'Stopped: '))
    # The wrong database.
    process = empty.start_manage('backup', str(tmp_path / 'nothing'))
    assert 'is it the right one?' in process.communicate(timeout=60)[1]


def test_a_damaged_file_is_named(database: Database, empty: Database, tmp_path: Path) -> None:
    if not isinstance(database, Sqlite):
        pytest.skip('SQLite only')
    database.manage('seed', '--messages=300')
    ((text,),) = database.query('SELECT content FROM webhook_api_message ORDER BY rowid LIMIT 1 OFFSET 150')
    file = tmp_path / 'file'
    database.manage('backup', str(file))
    content = bytearray(file.read_bytes())
    # The first byte of a page has its kind. Counting reads an index, and not this page of the table.
    content[content.index(text.encode()) // PAGE_BYTES * PAGE_BYTES] = 0xFF
    file.write_bytes(content)

    # The check reports the damage, or SQLite's error ends it.
    assert re.search(r'is damaged\.$|disk image is malformed', empty.failure('restore', str(file)))


@pytest.mark.parametrize(
    ('program', 'expected'), [('no-such-program', 'no-such-program is not installed: '), ('false', 'false failed, ')]
)
def test_a_program_that_fails_is_one_line(program: str, expected: str) -> None:
    with pytest.raises(CommandError, match=f'^{expected}'):
        list(run(program, connected=False))


def test_the_move_ends_on_postgresql(empty: Database) -> None:
    assert 'from SQLite' in empty.failure('move_to', empty.url)
    assert 'Must be postgres://' in empty.failure('move_to', 'nonsense')


needs_postgresql: Final = pytest.mark.usefixtures('skip_on_sqlite')


@pytest.fixture
def skip_on_sqlite(empty: Database) -> None:
    if not isinstance(empty, Postgres):
        pytest.skip('the move ends on PostgreSQL')


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f'sqlite:///{tmp_path / "source.sqlite3"}'


@needs_postgresql
def test_a_move_to_postgresql_carries_everything(
    empty: Database, start_server: StartServer, sqlite: str, tmp_path: Path
) -> None:
    empty.manage('migrate', '--verbosity=0', DATABASE_URL=sqlite)
    with Server(tmp_path, {'DATABASE_URL': sqlite}) as server:
        token = fill(empty, server, DATABASE_URL=sqlite)

    output = empty.manage('move_to', empty.url, DATABASE_URL=sqlite)

    assert VERIFIED in output
    assert re.search(r'^ +2 webhook_api_messagecount$', output, re.MULTILINE)
    assert_it_works_at_once(start_server(empty, API_REQUIRE_AUTH='true'), token)
    assert 'The new database is not empty' in empty.failure('move_to', empty.url, DATABASE_URL=sqlite)
    assert 'from SQLite' in empty.failure('move_to', empty.url)
    assert 'Must be postgres://' in empty.failure('move_to', 'nonsense', DATABASE_URL=sqlite)


# 2,000 conversations of 100 messages.
FILL: Final = """
    CREATE TEMP TABLE numbers AS
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199999) SELECT i FROM n;
    INSERT INTO webhook_api_conversation (id, status, opened_at)
    SELECT printf('%032x', i), 'OPEN', '2025-02-21 10:20:41.349308' FROM numbers WHERE i % 100 = 0;
    INSERT INTO webhook_api_message (id, conversation_id, direction, content, external_timestamp, received_at)
    SELECT printf('%032x', i), printf('%032x', i - i % 100), 'SENT', 'Bom dia! Qual é o valor do aluguel?',
        '2025-02-21 10:20:42.349308', '2025-02-21 10:20:42.349308'
    FROM numbers;
"""


@needs_postgresql
def test_a_large_move_takes_less_than_half_a_minute(empty: Database, sqlite: str) -> None:
    empty.manage('migrate', '--verbosity=0', DATABASE_URL=sqlite)
    with closing(sqlite3.connect(sqlite.removeprefix('sqlite:///'))) as connection:
        connection.executescript(FILL)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = empty.manage('move_to', empty.url, DATABASE_URL=sqlite)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)

    assert re.search(r'^ +200,000 webhook_api_messagecount$', output, re.MULTILINE)
    # CPU time, because other programs may use the machine.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < MOVE_SECONDS


@needs_postgresql
def test_triggers_work_with_an_empty_search_path(database: Database) -> None:
    """`pg_restore --data-only` sets it."""
    database.execute(
        "INSERT INTO webhook_api_conversation (id, status, opened_at) VALUES (gen_random_uuid(), 'OPEN', now())"
    )
    with database.connect() as connection:
        connection.execute("SET search_path = ''")
        connection.execute(
            'INSERT INTO public.webhook_api_message (id, conversation_id, direction, content, external_timestamp) '
            "SELECT gen_random_uuid(), id, 'SENT', 'x', now() FROM public.webhook_api_conversation"
        )
        connection.execute('DELETE FROM public.webhook_api_message')
    assert database.query('SELECT sum(messages) FROM webhook_api_messagecount') == [(0,)]
