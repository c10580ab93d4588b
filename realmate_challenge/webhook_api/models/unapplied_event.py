"""The table of events that did not apply."""

from django.db import models

from realmate_challenge.webhook_api.entities.events import EventType
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus


class UnappliedEvent(models.Model):
    """No foreign key: the conversation may never come. `payload` is the JSON as it was received."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    type = models.CharField(max_length=18, choices=[(kind.value, kind.value) for kind in EventType])
    conversation_id = models.UUIDField()
    event_timestamp = models.DateTimeField()
    payload = models.TextField()
    status = models.CharField(max_length=9, choices=[(status.value, status.value) for status in UnappliedStatus])
    reason = models.CharField(max_length=64)
    deliveries = models.PositiveIntegerField(default=0)
    first_received_at = models.DateTimeField()
    last_received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
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
            models.Index(fields=['status', 'last_received_at'], name='unapplied_event_by_age'),
        )

    def __str__(self) -> str:
        return f'{self.type} {self.conversation_id}'
