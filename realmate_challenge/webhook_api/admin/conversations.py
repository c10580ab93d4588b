from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.shared.observability import security_log
from realmate_challenge.shared.pagination import PageRequest
from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.admin.base import LargeTableAdmin, SearchResults, conversation_link
from realmate_challenge.webhook_api.models import Conversation, Message, UnappliedEvent
from realmate_challenge.webhook_api.repositories.expressions import (
    NEWEST_FIRST,
    with_message_figures,
)

PAGE_SIZE: Final = 50
EXCERPT_LENGTH: Final = 80


@admin.register(Conversation)
class ConversationAdmin(LargeTableAdmin):
    list_display = ('id', 'status', 'opened_at', 'closed_at', 'message_count', 'last_message_at')
    list_filter = ('status', 'opened_at')
    ordering = NEWEST_FIRST
    # Sort only by columns that have an index.
    sortable_by = ('opened_at',)
    search_fields = ('id',)
    search_help_text = _('An id or its first digits, or the day of the opening, such as 2025-02-21.')

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> SearchResults:
        try:
            day = datetime.strptime(search_term.strip(), '%Y-%m-%d').replace(tzinfo=timezone.get_current_timezone())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        # The end is inclusive, because the day after 9999-12-31 does not exist.
        return queryset.filter(opened_at__range=(day, day + timedelta(days=1, microseconds=-1))), False

    def page_rows(self, page: QuerySet[Conversation]) -> QuerySet[Any]:
        return with_message_figures(page, *page.query.order_by)

    @admin.display(description=_('messages'))
    def message_count(self, conversation: Any) -> int:  # noqa: ANN401 - annotated by `page_rows`
        return conversation.message_count  # type: ignore[no-any-return]  # the same

    @admin.display(description=_('last message'))
    def last_message_at(self, conversation: Any) -> datetime | None:  # noqa: ANN401 - the same
        return conversation.last_message_at  # type: ignore[no-any-return]  # the same

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401 - Django's signature
        """Show a page of the transcript. Page 1 has the newest messages; a page that does not exist leads to it."""
        try:
            page = PageRequest.from_query(request.GET.dict() | {'page_size': str(PAGE_SIZE)})
            transcript = composition.get_conversation()(context['original'].pk, page, newest_first=True)
        except DomainError:
            return HttpResponseRedirect(request.path)
        last = max(1, ceil(transcript.message_count / PAGE_SIZE))
        context |= {'transcript': transcript, 'number': page.number, 'last': last}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_deleted_objects(self, objs: Iterable[Conversation], request: HttpRequest) -> tuple[Any, ...]:  # noqa: ARG002 - the same
        """Count the rows for the confirmation page; Django's method would load every message."""
        ids = [conversation.pk for conversation in objs]
        counts = {
            str(model._meta.verbose_name_plural): model.objects.filter(conversation_id__in=ids).count()  # noqa: SLF001 - documented API
            for model in (Message, UnappliedEvent)
        }
        return [str(conversation) for conversation in objs], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: Conversation) -> None:
        composition.conversations().erase(obj.pk, timezone.now())
        security_log.record(request, 'conversation erased', request.user, conversation_id=str(obj.pk))

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        """Return to the list; Django returns users without the change permission to the index."""
        super().response_delete(request, obj_display, obj_id)
        return HttpResponseRedirect(reverse('admin:webhook_api_conversation_changelist'))


@admin.register(Message)
class MessageAdmin(LargeTableAdmin):
    list_display = ('id', 'external_timestamp', 'direction', 'excerpt', 'conversation_link')
    # The only order with an index.
    ordering = ('conversation_id', 'external_timestamp', 'received_at', 'id')
    sortable_by = ()
    search_fields = ('id', 'conversation__id')
    search_help_text = _('The id of a message or of a conversation, or its first digits.')
    readonly_fields = ('received_at',)

    def has_delete_permission(self, request: object, obj: object = None) -> bool:  # noqa: ARG002 - Django's signature
        """Messages are erased with their conversation only."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        page = super().changelist_view(request, extra_context)
        # The list shows contents, so listing counts as reading.
        searched = security_log.printable(request.GET.get('q', ''))
        security_log.record(request, 'messages listed', request.user, searched=searched)
        return page

    def page_rows(self, page: QuerySet[Message]) -> QuerySet[Message]:
        """Read only the beginning of each content: a page of whole contents can have megabytes."""
        rows: QuerySet[Message] = super().page_rows(page).defer('content')
        return rows.annotate(beginning=Left('content', EXCERPT_LENGTH + 1))

    @admin.display(description=_('content'))
    def excerpt(self, message: Message) -> str:
        return Truncator(message.beginning).chars(EXCERPT_LENGTH)  # type: ignore[attr-defined]  # annotated by `page_rows`

    @admin.display(description=_('conversation'))
    def conversation_link(self, message: Message) -> str:
        return conversation_link(message.conversation_id)
