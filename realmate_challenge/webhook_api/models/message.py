"""The table of messages."""

from django.db import models
from django.db.models.functions import Now

from realmate_challenge.webhook_api.entities.message import MessageDirection
from realmate_challenge.webhook_api.models.conversation import Conversation


class Message(models.Model):
    """`external_timestamp` is when the platform says it was sent; `received_at` is our clock, kept for operators."""

    id = models.UUIDField(primary_key=True)
    # The index below begins with this column: a second one would only cost writes.
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name='messages', db_index=False)
    direction = models.CharField(max_length=8, choices=[(value.value, value.value) for value in MessageDirection])
    content = models.TextField()
    external_timestamp = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name='message_direction_known', condition=models.Q(direction__in=list(MessageDirection))
            ),
        )
        indexes = (models.Index(fields=['conversation', 'external_timestamp', 'id'], name='message_reading_order'),)

    def __str__(self) -> str:
        return str(self.id)
