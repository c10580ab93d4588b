"""Kept events lose what earlier versions stored beyond need: unknown keys, and the contents of settled events.

Not in one transaction, so that it locks few rows at a time beside live traffic. It is safe to run again.
"""

import json

import orjson
from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BATCH_SIZE = 500


def reduce_payloads(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rows = apps.get_model('webhook_api', 'UnappliedEvent').objects.exclude(payload='')
    rows.filter(status__in=['applied', 'dismissed']).update(payload='')
    last = 0
    while batch := list(rows.filter(id__gt=last).order_by('id').values_list('id', 'payload')[:BATCH_SIZE]):
        for last, payload in batch:
            # Only as it was read: an event that was settled meanwhile stays blank.
            rows.filter(id=last, payload=payload).update(payload=known_fields(payload))


def known_fields(payload: str) -> str:
    document = parsed(payload)
    data, known = document.get('data', {}), ['id']
    if document.get('type') == 'NEW_MESSAGE':
        known += ['conversation_id', 'direction', 'content']
    reduced = {key: document[key] for key in ('type', 'timestamp') if key in document}
    reduced['data'] = {key: data[key] for key in known if key in data}
    return json.dumps(reduced, ensure_ascii=False)


def parsed(payload: str) -> dict:
    """One of the two parsers read each body: orjson refuses lone surrogates, the other one deep nesting."""
    try:
        return orjson.loads(payload)
    except ValueError:
        return json.loads(payload)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [('webhook_api', '0003_remember_erased_conversations')]

    operations = [migrations.RunPython(reduce_payloads, migrations.RunPython.noop)]
