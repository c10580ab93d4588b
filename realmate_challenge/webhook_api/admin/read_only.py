"""Base of the admin pages: what the platform sent can be viewed, not created or changed."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from realmate_challenge.shared.observability import security_log
from realmate_challenge.webhook_api.admin.identifiers import filter_by_id_prefix
from realmate_challenge.webhook_api.admin.large_tables import EstimatingPaginator, PageFirstChangeList


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's is not generic at run time
    """For tables of millions of rows, searched by id."""

    paginator = EstimatingPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    search_help_text = _('An id, or how it begins.')
    id_fields: ClassVar[tuple[str, ...]] = ('id',)

    class Media:
        css: ClassVar = {'all': ('webhook_api/admin.css',)}

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - the same
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[PageFirstChangeList]:  # noqa: ARG002 - the same
        return PageFirstChangeList

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,  # noqa: ANN401 - Django's own
        **kwargs: Any,  # noqa: ANN401 - the same
    ) -> HttpResponse:
        row = context['original']
        conversation_id = str(getattr(row, 'conversation_id', row.pk))
        action = f'{self.opts.model_name} read'
        security_log.record(request, action, request.user, id=str(row.pk), conversation_id=conversation_id)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002 - the same
        queryset: QuerySet[Model],
        search_term: str,
    ) -> tuple[QuerySet[Model], bool]:
        if not search_term:
            return queryset, False
        wanted = filter_by_id_prefix(search_term, *self.id_fields)
        return (queryset.none() if wanted is None else queryset.filter(wanted)), False
