"""Messages, one by one."""

from typing import Any, Final, final

from django.contrib import admin
from django.db.models import F, QuerySet
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from realmate_challenge.shared.observability import security_log
from realmate_challenge.webhook_api.admin.identifiers import conversation_link
from realmate_challenge.webhook_api.admin.read_only import ReadOnlyAdmin
from realmate_challenge.webhook_api.models import Message

EXCERPT_LENGTH: Final = 80


@final
@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ('id', 'external_timestamp', 'direction', 'excerpt', 'conversation_link')
    # The one order that an index has: conversation by conversation, as they are read.
    ordering = ('conversation_id', 'external_timestamp', 'id')
    sortable_by = ()
    search_fields = ('id',)
    search_help_text = _('The id of a message or of a conversation, or how it begins.')
    id_fields = ('id', 'conversation__id')
    actions = None
    fields = ('id', 'conversation', 'direction', 'exact_content', 'external_timestamp', 'received_at')
    readonly_fields = fields

    def has_delete_permission(self, request: object, obj: object = None) -> bool:  # noqa: ARG002 - Django's signature
        """A message goes with its conversation, never alone."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        page = super().changelist_view(request, extra_context)
        # It shows the beginning of each message.
        searched = security_log.printable(request.GET.get('q', ''))
        security_log.record(request, 'messages listed', request.user, searched=searched)
        return page

    def page_rows(self, page: QuerySet[Message]) -> QuerySet[Message]:
        """The beginning of each content stays in the database's hands: a page of whole ones could be megabytes."""
        rows = Message.objects.filter(pk__in=page.values('pk')).order_by(*page.query.order_by)
        return rows.defer('content').annotate(beginning=Left(F('content'), EXCERPT_LENGTH + 1))

    @admin.display(description=_('content'))
    def excerpt(self, message: Message) -> str:
        beginning: str = message.beginning  # type: ignore[attr-defined]  # annotated by `page_rows`
        return f'{beginning[:EXCERPT_LENGTH]}…' if len(beginning) > EXCERPT_LENGTH else beginning

    @admin.display(description=_('conversation'))
    def conversation_link(self, message: Message) -> str:
        return conversation_link(message.conversation_id)

    @admin.display(description=_('content'))
    def exact_content(self, message: Message) -> str:
        return format_html('<div class="exact" dir="auto">{}</div>', message.content)
