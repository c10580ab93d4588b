"""Preloaded rows satisfy the tables of the project's migrations."""

import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.contenders import PROJECT
from benchmarks.databases import Sqlite
from benchmarks.preload import conversation_ids, preload
from benchmarks.scenarios import Histories


def test_every_run_starts_with_the_same_valid_rows(tmp_path: Path) -> None:
    databases = Sqlite(tmp_path)
    assert PROJECT.create_tables(databases, 'template')
    preload(databases, 'template', PROJECT.table_prefix, Histories(conversations=3, messages_each=4))
    databases.copy('template', 'run')

    assert databases.count('run', 'webhook_api_conversation') == 3
    assert databases.count('run', 'webhook_api_message') == 12
    with closing(sqlite3.connect(tmp_path / 'run.sqlite3')) as connection:
        ids = {identifier for (identifier,) in connection.execute('SELECT id FROM webhook_api_conversation')}
        assert ids == {identifier.hex for identifier in conversation_ids(3)}
        assert connection.execute('PRAGMA foreign_key_check').fetchall() == []
        # Triggers keep the counts, also during a bulk load.
        assert connection.execute('SELECT sum(messages) FROM webhook_api_messagecount').fetchall() == [(12,)]
        assert connection.execute('SELECT min(external_timestamp) FROM webhook_api_message').fetchall() == [
            ('2025-02-21 10:20:41.349308',)
        ]

    databases.drop('run')

    assert [file.name for file in tmp_path.iterdir()] == ['template.sqlite3']
