"""What Django's admin has to do differently on a million rows: count, page and list dates without reading them all."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any, Final, final

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Min, QuerySet
from django.http import HttpRequest
from django.utils import timezone

# Below this an exact count costs nothing.
ESTIMATE_FROM: Final = 10_000
MAX_PERIODS: Final = 100


@final
class EstimatingPaginator(Paginator):  # type: ignore[type-arg]  # not generic at run time
    """Takes PostgreSQL's own estimate for the size of a large table, unless rows are filtered."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        assert isinstance(rows, QuerySet)  # noqa: S101 - the admin pages nothing else
        everything = rows.model._default_manager.all()  # noqa: SLF001 - documented API, despite its name
        if connection.vendor == 'postgresql' and rows.query.where == everything.query.where:
            estimate = _estimated_size(rows.model._meta.db_table)  # noqa: SLF001 - documented API, despite its name
            if estimate >= ESTIMATE_FROM:
                return estimate
        return rows.count()


def _estimated_size(table: str) -> int:
    """-1, if the table was never analyzed."""
    with connection.cursor() as cursor:
        cursor.execute('SELECT reltuples FROM pg_class WHERE oid = %s::regclass', [connection.ops.quote_name(table)])
        row = cursor.fetchone()
    return int(row[0]) if row else -1


@final
class PageFirstChangeList(ChangeList):
    """Chooses the page's rows first; only then does the admin add what is dear to know, to these."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        page_rows = getattr(self.model_admin, 'page_rows', None)
        if page_rows is not None:
            self.result_list = page_rows(self.result_list)

    def get_filters(self, request: HttpRequest) -> Any:  # noqa: ANN401 - Django's own tuple
        """Django asks for the year 10000 to find the end of the year 9999, and crashes."""
        try:
            return super().get_filters(request)
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters from error


@final
class SkippingQuerySet(QuerySet):  # type: ignore[type-arg]  # generic at run time, but the model is not known here
    """Finds the dates there are by skipping along the index, one probe for each; Django's own reads every row."""

    def datetimes(  # type: ignore[override]  # a list serves where it is used, the admin's date hierarchy
        self, field_name: str, kind: str, order: str = 'ASC', tzinfo: object = None
    ) -> list[datetime]:
        del order, tzinfo
        return list(islice(self._periods(field_name, kind), MAX_PERIODS))

    def _periods(self, field: str, kind: str) -> Iterator[datetime]:
        first = self.aggregate(first=Min(field))['first']
        while first is not None:
            start = _start(timezone.localtime(first), kind)
            yield start
            try:
                following = _following(start, kind)
            except (ValueError, OverflowError):
                return  # it was the last there can be
            first = self.filter(**{f'{field}__gte': following}).aggregate(first=Min(field))['first']


def _start(instant: datetime, kind: str) -> datetime:
    midnight = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    if kind == 'day':
        return midnight
    return midnight.replace(day=1) if kind == 'month' else midnight.replace(month=1, day=1)


def _following(start: datetime, kind: str) -> datetime:
    if kind == 'day':
        return start + timedelta(days=1)
    return (start + timedelta(days=32)).replace(day=1) if kind == 'month' else start.replace(year=start.year + 1)
