from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from realmate_challenge.webhook_api.entities.message import MessageDirection
from realmate_challenge.webhook_api.models.conversation import Conversation

# From the company's point of view.
DIRECTION_LABELS = {MessageDirection.SENT: _('sent'), MessageDirection.RECEIVED: _('received')}


class Message(models.Model):
    """`external_timestamp` is the platform's time of sending; `received_at` is the time when the event arrived."""

    id = models.UUIDField(primary_key=True)
    # The index below starts with this column.
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name='messages', db_index=False, verbose_name=_('conversation')
    )
    direction = models.CharField(_('direction'), max_length=8, choices=DIRECTION_LABELS)
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
        indexes = (
            models.Index(
                fields=['conversation', 'external_timestamp', 'received_at', 'id'], name='message_transcript_order'
            ),
        )

    def __str__(self) -> str:
        return str(self.id)


class MessageCount(models.Model):
    """A part of a conversation's number of messages, kept by triggers (see migration 0002).

    The number is the sum over all shards. Parallel writers update different shards, because with a single row each
    would wait for the commit of the one before.
    """

    pk = models.CompositePrimaryKey('conversation_id', 'shard')
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name='+', db_index=False)
    shard = models.PositiveSmallIntegerField()
    messages = models.BigIntegerField()

    def __str__(self) -> str:
        return f'{self.conversation_id}/{self.shard}: {self.messages}'
