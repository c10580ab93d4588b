"""The table of messages."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from realmate_challenge.webhook_api.entities.message import MessageDirection
from realmate_challenge.webhook_api.models.conversation import Conversation

# As the company sees it.
DIRECTION_LABELS = {MessageDirection.SENT: _('sent'), MessageDirection.RECEIVED: _('received')}


class Message(models.Model):
    """`external_timestamp` is when the platform says it was sent; `received_at` is our clock, kept for operators."""

    id = models.UUIDField(primary_key=True)
    # The index below begins with this column: a second one would only cost writes.
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name='messages', db_index=False, verbose_name=_('conversation')
    )
    direction = models.CharField(
        _('direction'), max_length=8, choices=[(value.value, label) for value, label in DIRECTION_LABELS.items()]
    )
    content = models.TextField(_('content'))
    external_timestamp = models.DateTimeField(_('sent at'))
    received_at = models.DateTimeField(_('received here'), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _('message')
        verbose_name_plural = _('messages')
        constraints = (
            models.CheckConstraint(
                name='message_direction_known', condition=models.Q(direction__in=list(MessageDirection))
            ),
        )
        indexes = (models.Index(fields=['conversation', 'external_timestamp', 'id'], name='message_reading_order'),)

    def __str__(self) -> str:
        return str(self.id)
