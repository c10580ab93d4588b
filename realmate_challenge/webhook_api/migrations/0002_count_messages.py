"""Counts of messages, kept by triggers.

A later migration that makes SQLite rebuild the table of messages (most `AlterField`s do) drops its triggers: end such a
migration with `migrations.RunPython(install, remove)` from here.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# On PostgreSQL once for each statement, so that a bulk write costs one update for each conversation. Conversations in
# order, so that two bulk writes cannot deadlock. A process writes to the shard that its number gives.
POSTGRESQL = [
    """
    CREATE OR REPLACE FUNCTION webhook_api_count_added_messages() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO webhook_api_messagecount (conversation_id, shard, messages)
        SELECT conversation_id, pg_backend_pid() % 32, count(*) FROM added GROUP BY conversation_id ORDER BY conversation_id
        ON CONFLICT (conversation_id, shard)
        DO UPDATE SET messages = webhook_api_messagecount.messages + EXCLUDED.messages;
        RETURN NULL;
    END $$
    """,
    # Only an update: a count that went first, in the same erasure, must not come back.
    """
    CREATE OR REPLACE FUNCTION webhook_api_count_removed_messages() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE webhook_api_messagecount AS counted SET messages = counted.messages - gone.messages
        FROM (SELECT conversation_id, count(*) AS messages FROM removed GROUP BY conversation_id) AS gone
        WHERE counted.conversation_id = gone.conversation_id AND counted.shard = (
            SELECT min(shard) FROM webhook_api_messagecount AS any_shard
            WHERE any_shard.conversation_id = gone.conversation_id
        );
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER webhook_api_message_added AFTER INSERT ON webhook_api_message
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION webhook_api_count_added_messages()
    """,
    """
    CREATE TRIGGER webhook_api_message_removed AFTER DELETE ON webhook_api_message
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION webhook_api_count_removed_messages()
    """,
]
# SQLite has one writer, so one shard will do. No upsert: the conflict clause of the outer statement would override it.
SQLITE = [
    """
    CREATE TRIGGER webhook_api_message_added AFTER INSERT ON webhook_api_message BEGIN
        INSERT OR IGNORE INTO webhook_api_messagecount (conversation_id, shard, messages) VALUES (NEW.conversation_id, 0, 0);
        UPDATE webhook_api_messagecount SET messages = messages + 1 WHERE conversation_id = NEW.conversation_id AND shard = 0;
    END
    """,
    """
    CREATE TRIGGER webhook_api_message_removed AFTER DELETE ON webhook_api_message BEGIN
        UPDATE webhook_api_messagecount SET messages = messages - 1 WHERE conversation_id = OLD.conversation_id AND shard = 0;
    END
    """,
]
BACKFILL = """
    INSERT INTO webhook_api_messagecount (conversation_id, shard, messages)
    SELECT conversation_id, 0, count(*) FROM webhook_api_message GROUP BY conversation_id
"""


def install(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL if schema_editor.connection.vendor == 'postgresql' else SQLITE:
        schema_editor.execute(statement, params=None)


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    on_table = ' ON webhook_api_message' if schema_editor.connection.vendor == 'postgresql' else ''
    for event in ('added', 'removed'):
        schema_editor.execute(f'DROP TRIGGER webhook_api_message_{event}{on_table}')
        if on_table:
            schema_editor.execute(f'DROP FUNCTION webhook_api_count_{event}_messages()')


class Migration(migrations.Migration):
    dependencies = [('webhook_api', '0001_initial')]

    operations = [
        # Triggers first: on PostgreSQL they lock writers out until the backfill has counted and all is committed.
        migrations.RunPython(install, remove),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
    ]
