"""Pages by number. Plain Python, because use cases import it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import parse_qsl, urlencode

from realmate_challenge.shared.errors import PageNotFoundError

DEFAULT_PAGE_SIZE: Final = 10
MAX_PAGE_SIZE: Final = 100
MAX_PAGE: Final = 10**9 - 1
# `int` also accepts '+1', '1_0' and other digits. With nine digits the offset is in the range of every database.
NUMBER: Final = re.compile('[0-9]{1,9}')

# The URLs of the next and the previous page.
type Links = tuple[str | None, str | None]


def _positive(text: str) -> int | None:
    return int(text) or None if NUMBER.fullmatch(text) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """Page `number`, from 1, of pages with `size` rows."""

    number: int = 1
    size: int = DEFAULT_PAGE_SIZE

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """Read `page` and `page_size`. An invalid size is the default size.

        Raises: PageNotFoundError, if `page` is not a page number.
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
        """Return whether a collection of `count` rows has this page. An empty collection has a first page."""
        return self.number == 1 or self.offset < count

    def links(self, url: str, count: int) -> Links:
        """Return the URLs of the next and the previous page, with all other query parameters of `url`."""
        following = with_page(url, self.number + 1) if self.offset + self.size < count else None
        preceding = with_page(url, self.number - 1) if self.number > 1 else None
        return following, preceding


def with_page(url: str, number: int) -> str:
    """Return the URL of another page. The first page has no parameter."""
    address, _, query = url.partition('?')
    parameters = [(key, value) for key, value in parse_qsl(query, keep_blank_values=True) if key != 'page']
    if number > 1:
        parameters.append(('page', str(number)))
    return f'{address}?{urlencode(parameters)}' if parameters else address
