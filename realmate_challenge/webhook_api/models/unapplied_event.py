from django.db import models
from django.utils.translation import gettext_lazy as _

from realmate_challenge.webhook_api.entities.conversation import (
    ConversationAlreadyExistsError,
    ConversationClosedError,
    ConversationNotFoundError,
)
from realmate_challenge.webhook_api.entities.events import EventType
from realmate_challenge.webhook_api.entities.message import MessageAlreadyExistsError
from realmate_challenge.webhook_api.entities.unapplied_event import INVALID_REASON, UnappliedStatus

STATUS_LABELS = {
    UnappliedStatus.HELD: _('held'),
    UnappliedStatus.REFUSED: _('refused'),
    UnappliedStatus.INVALID: _('invalid'),
    UnappliedStatus.APPLIED: _('applied'),
    UnappliedStatus.DISMISSED: _('dismissed'),
}
# The admin offers them as filters. Without choices, it would read the whole table to find the values.
REASONS = {
    reason: reason
    for reason in (
        ConversationNotFoundError.code,
        ConversationClosedError.code,
        ConversationAlreadyExistsError.code,
        MessageAlreadyExistsError.code,
        INVALID_REASON,
    )
}


class UnappliedEvent(models.Model):
    """`payload` is JSON of the known fields, or the body of an invalid event; it is empty when settled.

    An invalid event has no conversation and no timestamp. There is no foreign key: the conversation may not exist.
    """

    digest = models.CharField(max_length=64, unique=True, editable=False)
    type = models.CharField(
        _('type'), max_length=18, blank=True, choices={event_type: event_type for event_type in EventType}
    )
    conversation_id = models.UUIDField(_('conversation'), null=True, blank=True)
    event_timestamp = models.DateTimeField(_('happened at'), null=True, blank=True)
    payload = models.TextField(_('payload'))
    status = models.CharField(_('status'), max_length=9, choices=STATUS_LABELS)
    reason = models.CharField(_('reason'), max_length=64, choices=REASONS)
    errors = models.TextField(_('errors'), blank=True, db_default='')
    deliveries = models.PositiveIntegerField(_('deliveries'), default=0)
    first_received_at = models.DateTimeField(_('first received'))
    last_received_at = models.DateTimeField(_('last received'))
    applied_at = models.DateTimeField(_('applied at'), null=True, blank=True)

    class Meta:
        verbose_name = _('unapplied event')
        verbose_name_plural = _('unapplied events')
        constraints = (
            models.CheckConstraint(
                name='unapplied_event_status_known', condition=models.Q(status__in=list(UnappliedStatus))
            ),
        )
        indexes = (
            models.Index(
                fields=['conversation_id', 'event_timestamp'],
                condition=models.Q(status=UnappliedStatus.HELD),
                name='unapplied_event_held',
            ),
            # For erasure, which selects every status.
            models.Index(fields=['conversation_id'], name='unapplied_event_conversation'),
            models.Index(fields=['status', 'last_received_at'], name='unapplied_event_by_age'),
        )

    def __str__(self) -> str:
        return f'{self.type or self.status} {self.conversation_id or self.pk}'
