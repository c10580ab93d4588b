from collections import Counter
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from realmate_challenge.shared.observability import security_log
from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.admin.base import LargeTableAdmin, conversation_link
from realmate_challenge.webhook_api.entities.events import Outcome
from realmate_challenge.webhook_api.entities.unapplied_event import UNSETTLED, UnappliedFilter, UnappliedStatus
from realmate_challenge.webhook_api.models import UnappliedEvent

type Settle = Callable[[UnappliedFilter], Counter[str]]

# More events would take longer than the time limit of a request.
MAX_SELECTED: Final = 1000
RESULTS: Final = {
    Outcome.APPLIED: _('applied'),
    Outcome.REDELIVERED: _('already applied'),
    Outcome.DROPPED: _('dropped, because the conversation was erased'),
    UnappliedStatus.HELD: _('still held'),
    UnappliedStatus.REFUSED: _('still refused'),
    UnappliedStatus.INVALID: _('still unreadable'),
}


@admin.register(UnappliedEvent)
class UnappliedEventAdmin(LargeTableAdmin):
    list_display = ('id', 'type', 'conversation', 'status', 'reason', 'deliveries', 'last_received_at')
    list_filter = ('status', 'type', 'reason')
    ordering = ('-id',)
    sortable_by = ()
    search_fields = ('conversation_id',)
    search_help_text = _('The id of a conversation, or its first digits.')
    actions = ('apply_now', 'dismiss')
    exclude = ('conversation_id',)
    readonly_fields = ('conversation',)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002 - Django's signature
        """Events are dismissed, pruned, or erased with their conversation."""
        return False

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """The permission to change unapplied events allows the actions; no permission allows to edit a row."""
        return request.user.has_perm('webhook_api.change_unappliedevent')

    def page_rows(self, page: QuerySet[UnappliedEvent]) -> QuerySet[UnappliedEvent]:
        return super().page_rows(page).defer('payload')

    @admin.display(description=_('conversation'))
    def conversation(self, event: UnappliedEvent) -> str:
        """Link to the conversation, unless it is unknown, or the event is held because it does not exist."""
        if event.conversation_id is None or event.status == UnappliedStatus.HELD:
            return str(event.conversation_id or '')
        return conversation_link(event.conversation_id)

    @admin.action(description=_('Apply now'), permissions=['settle'])
    def apply_now(self, request: HttpRequest, queryset: QuerySet[UnappliedEvent]) -> None:
        replay = composition.replay_events(accept_late=settings.WEBHOOK_ACCEPT_LATE_MESSAGES)
        self._settle(
            request, 'apply', queryset, lambda wanted: Counter(str(RESULTS[result]) for _e, result in replay(wanted))
        )

    @admin.action(description=_('Dismiss'), permissions=['settle'])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[UnappliedEvent]) -> None:
        dismiss = composition.unapplied_events().dismiss
        self._settle(request, 'dismiss', queryset, lambda wanted: Counter({gettext('dismissed'): dismiss(wanted)}))

    def _settle(self, request: HttpRequest, action: str, selected: QuerySet[UnappliedEvent], settle: Settle) -> None:
        """Settle those of the selected events that are unsettled. Write both logs first: `settle` may stop half-way."""
        unsettled = selected.filter(status__in=UNSETTLED)
        level = messages.ERROR
        events = list(unsettled.only('digest', 'type', 'conversation_id')[: MAX_SELECTED + 1])
        if not events:
            level, text = messages.WARNING, gettext('None of the selected events is held, refused or invalid.')
        elif len(events) > MAX_SELECTED:
            text = gettext('Select at most %d events, or use manage.py replay_events.') % MAX_SELECTED
        else:
            LogEntry.objects.log_actions(request.user.pk, events, CHANGE, action)  # type: ignore[arg-type]  # a stored user has a key
            event_ids = [event.pk for event in events]
            security_log.record(request, f'{action} unapplied events', request.user, event_ids=event_ids)
            results = settle(UnappliedFilter(digests=frozenset(event.digest for event in events)))
            counts = ', '.join(f'{count} {result}' for result, count in results.items())
            level, text = messages.SUCCESS, gettext('Events: %s') % (counts or 0)
        self.message_user(request, text, level)
