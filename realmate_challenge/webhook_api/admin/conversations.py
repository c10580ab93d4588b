"""Conversations: the list, the transcript, and erasure."""

from datetime import datetime, time, timedelta
from typing import Any, ClassVar, Final, final

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.shared.observability import security_log
from realmate_challenge.shared.pagination import PageRequest
from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.admin.read_only import ReadOnlyAdmin
from realmate_challenge.webhook_api.models import Conversation, Message, UnappliedEvent
from realmate_challenge.webhook_api.repositories.conversations import NEWEST_FIRST
from realmate_challenge.webhook_api.repositories.expressions import ConversationWithFigures, with_message_figures

PAGE_SIZE: Final = 50
LAST_MOMENT: Final = timedelta(days=1, microseconds=-1)


@final
@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = ('id', 'status', 'opened_at', 'closed_at', 'message_count', 'last_message_at')
    list_filter = ('status', 'opened_at')
    ordering = NEWEST_FIRST
    # Sort only by columns that have an index.
    sortable_by = ('opened_at',)
    search_fields = ('id',)
    search_help_text = _('An id, how it begins, or the day of the opening, such as 2025-02-21.')
    # Conversations are erased one at a time.
    actions = None
    fields: ClassVar = ('id', 'status', 'opened_at', 'closed_at')

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        day = _day(search_term.strip())
        if day is None:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(opened_at__range=(day, day + LAST_MOMENT)), False

    def page_rows(self, page: QuerySet[Conversation]) -> 'QuerySet[ConversationWithFigures]':
        return with_message_figures(page, *page.query.order_by)

    @admin.display(description=_('messages'))
    def message_count(self, conversation: 'ConversationWithFigures') -> int:
        return conversation.message_count

    @admin.display(description=_('last message'))
    def last_message_at(self, conversation: 'ConversationWithFigures') -> Any:  # noqa: ANN401 - a datetime, which the admin shows
        return conversation.last_message_at

    def render_change_form(  # noqa: PLR0913, PLR0917 - Django's signature
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        change: bool = False,  # noqa: FBT001, FBT002 - the same
        form_url: str = '',
        obj: Conversation | None = None,
    ) -> HttpResponse:
        """Show a page of the transcript instead of a form; page 1 has the newest messages, in the order of time."""
        conversation: Conversation = context['original']
        try:
            page = PageRequest.from_query({'page': request.GET.get('page', '1'), 'page_size': str(PAGE_SIZE)})
            transcript = composition.get_conversation()(conversation.pk, page, newest_first=True)
        except DomainError:
            return HttpResponseRedirect(request.path)
        last = max(1, -(-transcript.message_count // PAGE_SIZE))
        context |= {
            'chat_messages': transcript.messages[::-1],
            'message_count': transcript.message_count,
            'number': page.number,
            'last': last,
            'older': page.number + 1 if page.number < last else None,
            'newer': page.number - 1,
            'may_view_events': request.user.has_perm('webhook_api.view_unappliedevent'),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_deleted_objects(
        self,
        objs: Any,  # noqa: ANN401 - a list of conversations, or a queryset
        request: HttpRequest,  # noqa: ARG002 - Django's signature
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """List counts on the page that asks for confirmation; Django itself would load every message."""
        ids = [conversation.pk for conversation in objs]
        counts = {
            str(model._meta.verbose_name_plural): model.objects.filter(conversation_id__in=ids).count()  # noqa: SLF001 - documented API, despite its name
            for model in (Message, UnappliedEvent)
        }
        return [str(conversation) for conversation in objs], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: Conversation) -> None:
        composition.conversations().erase(obj.pk, timezone.now())
        security_log.record(request, 'conversation erased', request.user, conversation_id=str(obj.pk))

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        """Return to the list; Django would send users who may not change conversations to the index."""
        super().response_delete(request, obj_display, obj_id)
        return HttpResponseRedirect(reverse('admin:webhook_api_conversation_changelist'))


def _day(text: str) -> datetime | None:
    """Return the start of a day written as 2025-02-21 in the current time zone, or None if the text is not a day."""
    try:
        date = parse_date(text)
    except ValueError:
        return None
    return None if date is None else timezone.make_aware(datetime.combine(date, time.min))
