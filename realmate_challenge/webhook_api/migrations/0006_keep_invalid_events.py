"""Kept events that are invalid: they have no conversation and no timestamp, but errors."""

from django.db import migrations, models

STATUSES = ['held', 'refused', 'invalid', 'applied', 'dismissed']
REASONS = [
    'CONVERSATION_NOT_FOUND',
    'CONVERSATION_CLOSED',
    'CONVERSATION_ALREADY_EXISTS',
    'MESSAGE_ALREADY_EXISTS',
    'VALIDATION_ERROR',
]
TYPES = ['NEW_CONVERSATION', 'NEW_MESSAGE', 'CLOSE_CONVERSATION']


class Migration(migrations.Migration):
    dependencies = [('webhook_api', '0005_drop_clear_text_tokens')]

    operations = [
        migrations.RemoveConstraint(model_name='unappliedevent', name='unapplied_event_status_known'),
        # With a default in the database, workers of the version before can still insert rows.
        migrations.AddField(
            model_name='unappliedevent',
            name='errors',
            field=models.TextField(blank=True, db_default='', verbose_name='errors'),
        ),
        migrations.AlterField(
            model_name='unappliedevent',
            name='conversation_id',
            field=models.UUIDField(blank=True, null=True, verbose_name='conversation'),
        ),
        migrations.AlterField(
            model_name='unappliedevent',
            name='event_timestamp',
            field=models.DateTimeField(blank=True, null=True, verbose_name='happened at'),
        ),
        migrations.AlterField(
            model_name='unappliedevent',
            name='status',
            field=models.CharField(choices=[(each, each) for each in STATUSES], max_length=9, verbose_name='status'),
        ),
        migrations.AlterField(
            model_name='unappliedevent',
            name='reason',
            field=models.CharField(choices=[(each, each) for each in REASONS], max_length=64, verbose_name='reason'),
        ),
        migrations.AlterField(
            model_name='unappliedevent',
            name='type',
            field=models.CharField(
                blank=True, choices=[(each, each) for each in TYPES], max_length=18, verbose_name='type'
            ),
        ),
        migrations.AddConstraint(
            model_name='unappliedevent',
            constraint=models.CheckConstraint(
                condition=models.Q(status__in=STATUSES), name='unapplied_event_status_known'
            ),
        ),
    ]
