"""The index of a conversation's messages, for messages of one instant in the order of arrival.

On PostgreSQL it is built beside live traffic. It is safe to run again: an interrupted run leaves an invalid index,
which is dropped first.
"""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

OLD = models.Index(fields=['conversation', 'external_timestamp', 'id'], name='message_reading_order')
NEW = models.Index(
    fields=['conversation', 'external_timestamp', 'received_at', 'id'], name='message_transcript_order'
)


def replace(old: models.Index, new: models.Index, apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    message = apps.get_model('webhook_api', 'Message')
    is_postgresql = schema_editor.connection.vendor == 'postgresql'
    options = {'concurrently': True} if is_postgresql else {}
    how = 'CONCURRENTLY' if is_postgresql else ''
    schema_editor.execute(f'DROP INDEX {how} IF EXISTS {new.name}')
    schema_editor.add_index(message, new, **options)
    schema_editor.execute(f'DROP INDEX {how} IF EXISTS {old.name}')


def forwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    replace(OLD, NEW, apps, schema_editor)


def backwards(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    replace(NEW, OLD, apps, schema_editor)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [('webhook_api', '0006_keep_invalid_events')]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(forwards, backwards)],
            state_operations=[
                migrations.RemoveIndex('message', OLD.name),
                migrations.AddIndex('message', NEW),
            ],
        )
    ]
