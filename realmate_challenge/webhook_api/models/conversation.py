from django.db import models
from django.utils.translation import gettext_lazy as _

from realmate_challenge.webhook_api.entities.conversation import ConversationStatus

# The status of a tombstone.
ERASED = 'ERASED'
STATUS_LABELS = {ConversationStatus.OPEN: _('open'), ConversationStatus.CLOSED: _('closed')}


class ConversationManager(models.Manager['Conversation']):
    """Exclude tombstones, so that no query shows an erased conversation by accident."""

    def get_queryset(self) -> models.QuerySet['Conversation']:
        return super().get_queryset().exclude(status=ERASED)


class Conversation(models.Model):
    """A conversation, or the tombstone of an erased one. Times are the platform's.

    A tombstone keeps the id taken: an opening conflicts with it, and a message finds no open conversation, without
    another statement. Its `opened_at` is the time of erasure.
    """

    id = models.UUIDField(primary_key=True)
    status = models.CharField(_('status'), max_length=6, choices=STATUS_LABELS)
    opened_at = models.DateTimeField(_('opened at'))
    closed_at = models.DateTimeField(_('closed at'), null=True, blank=True)

    objects = ConversationManager()
    with_tombstones = models.Manager()

    class Meta:
        verbose_name = _('conversation')
        verbose_name_plural = _('conversations')
        constraints = (
            models.CheckConstraint(
                name='conversation_status_matches_closed_at',
                condition=models.Q(status__in=[ConversationStatus.OPEN, ERASED], closed_at__isnull=True)
                | models.Q(status=ConversationStatus.CLOSED, closed_at__isnull=False),
            ),
        )
        indexes = (models.Index(fields=['-opened_at', '-id'], name='conversation_newest_first'),)

    def __str__(self) -> str:
        return str(self.id)
