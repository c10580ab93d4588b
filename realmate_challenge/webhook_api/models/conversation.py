"""The table of conversations."""

from django.db import models

from realmate_challenge.webhook_api.entities.conversation import ConversationStatus


class Conversation(models.Model):
    """Times are the platform's own. The constraint holds `status` and `closed_at` together."""

    id = models.UUIDField(primary_key=True)
    status = models.CharField(max_length=6, choices=[(status.value, status.value) for status in ConversationStatus])
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name='conversation_status_matches_closed_at',
                condition=models.Q(status=ConversationStatus.OPEN, closed_at__isnull=True)
                | models.Q(status=ConversationStatus.CLOSED, closed_at__isnull=False),
            ),
        )
        indexes = (models.Index(fields=['-opened_at', '-id'], name='conversation_newest_first'),)

    def __str__(self) -> str:
        return str(self.id)
