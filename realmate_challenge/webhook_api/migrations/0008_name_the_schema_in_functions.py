"""Trigger functions that name the schema of their table: `pg_restore --data-only` sets an empty `search_path`."""

from importlib import import_module

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

count_messages = import_module('realmate_challenge.webhook_api.migrations.0002_count_messages')
TABLE = 'webhook_api_messagecount'


def qualify(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != 'postgresql':
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute('SELECT quote_ident(current_schema())')
        ((schema,),) = cursor.fetchall()
    for function in count_messages.POSTGRESQL[:2]:
        schema_editor.execute(function.replace(TABLE, f'{schema}.{TABLE}'), params=None)


class Migration(migrations.Migration):
    dependencies = [('webhook_api', '0007_order_messages_by_arrival')]

    operations = [migrations.RunPython(qualify, migrations.RunPython.noop)]
