"""Counting and paging a table of millions of rows without reading all of them."""

from functools import cached_property
from typing import Final, final

from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest

# Below this size an exact count is fast.
ESTIMATE_FROM: Final = 10_000


@final
class EstimatingPaginator(Paginator):  # type: ignore[type-arg]  # not generic at run time
    """Use PostgreSQL's estimate for the size of a large table, unless rows are filtered."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        assert isinstance(rows, QuerySet)  # noqa: S101 - the admin pages nothing else
        is_filtered = rows.query.where != rows.model._default_manager.all().query.where  # noqa: SLF001 - documented API
        if connection.vendor == 'postgresql' and not is_filtered:
            estimate = _estimated_size(rows.model._meta.db_table)  # noqa: SLF001 - documented API, despite its name
            if estimate >= ESTIMATE_FROM:
                return estimate
        return rows.count()


def _estimated_size(table: str) -> int:
    """Return the number of rows at the last ANALYZE, or -1 if there was none."""
    with connection.cursor() as cursor:
        cursor.execute('SELECT reltuples FROM pg_class WHERE oid = %s::regclass', [connection.ops.quote_name(table)])
        row = cursor.fetchone()
    return int(row[0]) if row else -1


@final
class PageFirstChangeList(ChangeList):
    """Select the rows of the page first, then annotate only these: an annotation costs an index look-up per row."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        page_rows = getattr(self.model_admin, 'page_rows', None)
        if page_rows is not None:
            self.result_list = page_rows(self.result_list)
