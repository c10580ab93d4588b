"""Pages by number: reading the request, checking it against the count, linking to the neighbours. Plain Python."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self, final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from realmate_challenge.shared.errors import PageNotFoundError

DEFAULT_PAGE_SIZE: Final = 10
MAX_PAGE_SIZE: Final = 100
# Nine digits keep the offset within what every database counts with.
MAX_DIGITS: Final = 9


# The addresses of the next and the previous page.
type Links = tuple[str | None, str | None]


def _positive(text: str) -> int | None:
    """A whole number from 1 in plain ASCII digits; `int` would also take '+1', '1_0' and other scripts' digits."""
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        return None
    return int(text) or None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """Page `number` (from 1) of pages with `size` rows."""

    number: int = 1
    size: int = DEFAULT_PAGE_SIZE

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """Read `page` and `page_size`. A nonsensical size is the default size.

        Raises: PageNotFoundError, if `page` is no page number.
        """
        page = query.get('page', '1')
        number = _positive(page)
        if number is None:
            raise PageNotFoundError(page)
        size = _positive(query.get('page_size', '')) or DEFAULT_PAGE_SIZE
        return cls(number=number, size=min(size, MAX_PAGE_SIZE))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    def exists_in(self, count: int) -> bool:
        """Whether a collection of `count` rows has this page; even an empty one has a first page."""
        return self.number == 1 or self.offset < count

    def links(self, url: str, count: int) -> Links:
        """The addresses of the next and the previous page; every other query parameter of `url` stays."""
        following = with_page(url, self.number + 1) if self.offset + self.size < count else None
        preceding = with_page(url, self.number - 1) if self.number > 1 else None
        return following, preceding


def with_page(url: str, number: int) -> str:
    """`url` asking for another page; the first page needs no parameter."""
    if '?' not in url:
        return f'{url}?page={number}' if number > 1 else url
    parts = urlsplit(url)
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key != 'page']
    if number > 1:
        query.append(('page', str(number)))
    return urlunsplit(parts._replace(query=urlencode(query)))
