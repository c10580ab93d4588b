"""Events that did not apply, and what an operator can do about them."""

from collections import Counter
from collections.abc import Callable
from typing import Final, final

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from realmate_challenge.shared.errors import UnavailableError
from realmate_challenge.shared.observability import security_log
from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.admin.identifiers import conversation_link
from realmate_challenge.webhook_api.admin.read_only import ReadOnlyAdmin
from realmate_challenge.webhook_api.entities.conversation import (
    ConversationAlreadyExistsError,
    ConversationClosedError,
    ConversationNotFoundError,
)
from realmate_challenge.webhook_api.entities.message import MessageAlreadyExistsError
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedFilter, UnappliedStatus
from realmate_challenge.webhook_api.models import UnappliedEvent
from realmate_challenge.webhook_api.use_cases.replay_events import ReplayResult

# More would outlast the server's patience with one request.
MAX_SELECTED: Final = 1000
REASONS: Final = (
    ConversationNotFoundError,
    ConversationClosedError,
    ConversationAlreadyExistsError,
    MessageAlreadyExistsError,
)
RESULTS: Final = {
    ReplayResult.APPLIED: _('applied'),
    ReplayResult.ALREADY_APPLIED: _('applied already'),
    ReplayResult.STILL_HELD: _('still held'),
    ReplayResult.STILL_REFUSED: _('still refused'),
    ReplayResult.DROPPED: _('dropped'),
}


@final
class ReasonFilter(admin.SimpleListFilter):
    """The codes there can be, rather than a look at every row for those there are."""

    title = _('reason')
    parameter_name = 'reason'

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's signature
        return [(error.code, error.code) for error in REASONS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[UnappliedEvent]) -> QuerySet[UnappliedEvent]:  # noqa: ARG002 - the same
        return queryset.filter(reason=self.value()) if self.value() else queryset


@final
@admin.register(UnappliedEvent)
class UnappliedEventAdmin(ReadOnlyAdmin):
    list_display = ('id', 'type', 'conversation', 'status', 'reason', 'deliveries', 'last_received_at')
    list_filter = ('status', 'type', ReasonFilter)
    ordering = ('-id',)
    sortable_by = ()
    search_fields = ('conversation_id',)
    search_help_text = _('The id of a conversation, or how it begins.')
    id_fields = ('conversation_id',)
    actions = ('apply_now', 'dismiss')
    fields = (
        'type',
        'conversation',
        'status',
        'reason',
        'deliveries',
        'event_timestamp',
        'first_received_at',
        'last_received_at',
        'applied_at',
        'payload_text',
    )
    readonly_fields = ('conversation', 'payload_text')

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002 - Django's signature
        """Dismissed, pruned, or erased with its conversation; never deleted by hand."""
        return False

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """Whoever may "change" unapplied events may settle them; the rows themselves nobody edits."""
        return request.user.has_perm('webhook_api.change_unappliedevent')

    def page_rows(self, page: QuerySet[UnappliedEvent]) -> QuerySet[UnappliedEvent]:
        rows = UnappliedEvent.objects.filter(pk__in=page.values('pk')).order_by(*page.query.order_by)
        return rows.defer('payload')

    @admin.display(description=_('conversation'))
    def conversation(self, event: UnappliedEvent) -> str:
        """What is held waits for a conversation that is not there to be linked to."""
        held = event.status == UnappliedStatus.HELD
        return str(event.conversation_id) if held else conversation_link(event.conversation_id)

    @admin.display(description=_('payload'))
    def payload_text(self, event: UnappliedEvent) -> str:
        return format_html('<pre class="exact">{}</pre>', event.payload)

    @admin.action(description=_('Apply now'), permissions=['settle'])
    def apply_now(self, request: HttpRequest, queryset: QuerySet[UnappliedEvent]) -> None:
        replay = composition.replay_events(accept_late=settings.WEBHOOK_ACCEPT_LATE_MESSAGES)
        self._settle(
            request,
            'apply',
            queryset,
            lambda wanted: Counter(str(RESULTS[result]) for _event, result in replay(wanted)),
        )

    @admin.action(description=_('Dismiss'), permissions=['settle'])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[UnappliedEvent]) -> None:
        dismiss = composition.unapplied_events().dismiss
        self._settle(request, 'dismiss', queryset, lambda wanted: Counter({gettext('dismissed'): dismiss(wanted)}))

    def _settle(
        self,
        request: HttpRequest,
        action: str,
        chosen: QuerySet[UnappliedEvent],
        settle: Callable[[UnappliedFilter], Counter[str]],
    ) -> None:
        """Acts on what is still held or refused among the chosen, and says how it went."""
        digests = frozenset(chosen.values_list('digest', flat=True)[: MAX_SELECTED + 1])
        if len(digests) > MAX_SELECTED:
            text = gettext('At most %(limit)d at a time. For more, use manage.py replay_events.')
            self.message_user(request, text % {'limit': MAX_SELECTED}, messages.ERROR)
            return
        try:
            _record(request, action, chosen)
            results = settle(UnappliedFilter(digests=digests))
        except (UnavailableError, OperationalError):
            text = gettext('The database could not keep up. What was done stays done; try the rest again.')
            self.message_user(request, text, messages.ERROR)
            return
        self.message_user(request, _summary(results), messages.SUCCESS if results.total() else messages.WARNING)


def _record(request: HttpRequest, action: str, chosen: QuerySet[UnappliedEvent]) -> None:
    """Write Django's admin log and the security log, before the action: it may end half-way."""
    pending = chosen.filter(status__in=(UnappliedStatus.HELD, UnappliedStatus.REFUSED))
    if events := list(pending.only('type', 'conversation_id')):
        LogEntry.objects.log_actions(request.user.pk, events, CHANGE, action)  # type: ignore[arg-type]  # a stored user has a key
        event_ids = [event.pk for event in events]
        security_log.record(request, f'{action} unapplied events', request.user, event_ids=event_ids)


def _summary(results: Counter[str]) -> str:
    total = results.total()
    head = ngettext('%(total)d event: ', '%(total)d events: ', total) % {'total': total}
    if not total:
        return gettext('None of these is held or refused.')
    return head + ', '.join(f'{count} {result}' for result, count in results.items())
