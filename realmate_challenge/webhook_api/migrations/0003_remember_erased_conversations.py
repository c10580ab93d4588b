"""Tombstones of erased conversations, and an index by which the kept events of any conversation are found."""

import realmate_challenge.webhook_api.entities.conversation
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [('webhook_api', '0002_count_messages')]

    operations = [
        migrations.RemoveConstraint(
            model_name='conversation',
            name='conversation_status_matches_closed_at',
        ),
        migrations.AddIndex(
            model_name='unappliedevent',
            index=models.Index(fields=['conversation_id'], name='unapplied_event_conversation'),
        ),
        migrations.AddConstraint(
            model_name='conversation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('status__in', [realmate_challenge.webhook_api.entities.conversation.ConversationStatus['OPEN'], 'ERASED'])), models.Q(('closed_at__isnull', False), ('status', realmate_challenge.webhook_api.entities.conversation.ConversationStatus['CLOSED'])), _connector='OR'), name='conversation_status_matches_closed_at'),
        ),
    ]
