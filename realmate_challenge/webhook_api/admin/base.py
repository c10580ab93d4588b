"""Base classes of the admin pages: read-only pages, and lists of tables with millions of rows."""

import re
from functools import cached_property
from typing import Any, ClassVar, Final
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from realmate_challenge.shared.observability import security_log

# Below this size an exact count is fast.
ESTIMATE_FROM: Final = 10_000
UUID_PREFIX: Final = re.compile(r'[0-9a-f]{1,32}', re.ASCII | re.IGNORECASE)

type SearchResults = tuple[QuerySet[Any], bool]


class EstimatingPaginator(Paginator):  # type: ignore[type-arg]  # not generic at run time
    """Use PostgreSQL's estimate for the size of a large table, unless rows are filtered."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list  # a queryset
        is_filtered = rows.query.where != rows.model._default_manager.all().query.where  # noqa: SLF001 - documented API
        if connection.vendor == 'postgresql' and not is_filtered:
            table = rows.model._meta.db_table  # noqa: SLF001 - documented API
            with connection.cursor() as cursor:
                cursor.execute('SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass', [table])
                ((estimate,),) = cursor.fetchall()
            if estimate >= ESTIMATE_FROM:
                return int(estimate)
        return super().count


class PageFirstChangeList(ChangeList):
    """Select the keys of the page first, because annotations are also computed for the rows before the page."""

    model_admin: 'LargeTableAdmin'

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = self.model_admin.page_rows(self.result_list)


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's is not generic at run time
    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 - the same
        return False


class LargeTableAdmin(ReadOnlyAdmin):
    """Search by the UUIDs in `search_fields`, and record each row that a user opens in the security log."""

    paginator = EstimatingPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    actions: Any = None

    class Media:
        css: ClassVar = {'all': ('webhook_api/admin.css',)}

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[PageFirstChangeList]:  # noqa: ARG002 - Django's signature
        return PageFirstChangeList

    def page_rows(self, page: QuerySet[Any]) -> QuerySet[Any]:
        rows: QuerySet[Any] = page.model.objects.filter(pk__in=page.values('pk'))
        return rows.order_by(*page.query.order_by)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> SearchResults:  # noqa: ARG002 - the same
        """Find UUIDs by their first digits, as a range: the index of a UUID column does not support `LIKE`."""
        if not search_term:
            return queryset, False
        digits = search_term.strip().replace('-', '')
        if UUID_PREFIX.fullmatch(digits) is None:
            return queryset.none(), False
        ids = UUID(digits.ljust(32, '0')), UUID(digits.ljust(32, 'f'))
        conditions = [(f'{field}__range', ids) for field in self.search_fields]
        return queryset.filter(Q(*conditions, _connector=Q.OR)), False

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401 - Django's signature
        row = context['original']
        conversation_id = str(getattr(row, 'conversation_id', row.pk))
        action = f'{self.opts.model_name} read'
        security_log.record(request, action, request.user, id=str(row.pk), conversation_id=conversation_id)
        return super().render_change_form(request, context, *args, **kwargs)


def conversation_link(conversation_id: UUID) -> str:
    url = reverse('admin:webhook_api_conversation_change', args=[conversation_id])
    return format_html('<a href="{}">{}</a>', url, conversation_id)
