"""Messages: the list and the page of one message."""

from typing import Any, Final, final

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from realmate_challenge.shared.observability import security_log
from realmate_challenge.webhook_api.admin import base
from realmate_challenge.webhook_api.models import Message

EXCERPT_LENGTH: Final = 80


@final
@admin.register(Message)
class MessageAdmin(base.LargeTableAdmin):
    list_display = ('id', 'external_timestamp', 'direction', 'excerpt', 'conversation_link')
    # The only order with an index.
    ordering = ('conversation_id', 'external_timestamp', 'id')
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
        return base.conversation_link(message.conversation_id)
