"""What stands in the tables before a run, on tables that the project's own migrations made."""

import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.contenders import PROJECT
from benchmarks.databases import Sqlite
from benchmarks.preload import conversation_ids, preload
from benchmarks.scenarios import Histories


def test_the_rows_satisfy_the_tables_and_every_run_starts_from_the_same(tmp_path: Path) -> None:
    databases = Sqlite(tmp_path)
    PROJECT.create_tables(databases, 'template')
    preload(databases, 'template', PROJECT.table_prefix, Histories(conversations=3, messages_each=4))
    databases.copy('template', 'run')

    assert databases.count('run', 'webhook_api_conversation') == 3
    assert databases.count('run', 'webhook_api_message') == 12
    with closing(sqlite3.connect(tmp_path / 'run.sqlite3')) as connection:
        ids = {identifier for (identifier,) in connection.execute('SELECT id FROM webhook_api_conversation')}
        assert ids == {identifier.hex for identifier in conversation_ids(3)}
        assert connection.execute('PRAGMA foreign_key_check').fetchall() == []
        # Kept by triggers, which a bulk load must not slip past.
        assert connection.execute('SELECT sum(messages) FROM webhook_api_messagecount').fetchall() == [(12,)]
        assert connection.execute('SELECT min(external_timestamp) FROM webhook_api_message').fetchall() == [
            ('2025-02-21 10:20:41.349308',)
        ]

    databases.drop('run')

    assert [file.name for file in tmp_path.iterdir()] == ['template.sqlite3']
