"""Conversations: the list, the transcript, and erasure."""

from typing import Any, ClassVar, final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from realmate_challenge.shared import security_log
from realmate_challenge.shared.errors import DomainError
from realmate_challenge.shared.pagination import PageRequest
from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.admin.chats import PAGE_SIZE, Chat
from realmate_challenge.webhook_api.admin.read_only import ReadOnlyAdmin
from realmate_challenge.webhook_api.models import Conversation, Message, UnappliedEvent
from realmate_challenge.webhook_api.repositories.conversation_lists import NEWEST_FIRST
from realmate_challenge.webhook_api.repositories.expressions import ConversationWithFigures, with_message_figures


@final
@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = ('id', 'status', 'opened_at', 'closed_at', 'message_count', 'last_message_at')
    list_filter = ('status',)
    date_hierarchy = 'opened_at'
    ordering = NEWEST_FIRST
    # What no index sorts, a click should not.
    sortable_by = ('opened_at',)
    search_fields = ('id',)
    # Erasure is one person's right, one conversation at a time.
    actions = None
    fields: ClassVar = ('id', 'status', 'opened_at', 'closed_at')

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
        """Shows the transcript in place of a form; an address that names no page leads to the newest."""
        conversation: Conversation = context['original']
        try:
            page = PageRequest.from_query({'page': request.GET.get('page', '1'), 'page_size': str(PAGE_SIZE)})
            transcript = composition.get_conversation()(conversation.pk, page, newest_first=True)
        except DomainError:
            return HttpResponseRedirect(request.path)
        context['chat'] = Chat(transcript=transcript, page=page)
        context['may_view_events'] = request.user.has_perm('webhook_api.view_unappliedevent')
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_deleted_objects(
        self,
        objs: Any,  # noqa: ANN401 - a list of conversations, or a queryset
        request: HttpRequest,  # noqa: ARG002 - Django's signature
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """What the question before an erasure lists: counts, where Django's own would load every message."""
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
        """Back to the list, where Django sends who may not change things to the start."""
        super().response_delete(request, obj_display, obj_id)
        return HttpResponseRedirect(reverse('admin:webhook_api_conversation_changelist'))
