"""Errors of the domain: plain Python, unaware of HTTP. `shared.exception_handler` turns them into answers."""

from typing import ClassVar


class DomainError(Exception):
    """A rule of the domain refuses what was asked. The class owns its code, the instance its wording."""

    code: ClassVar[str] = 'DOMAIN_ERROR'


class NotFoundError(DomainError):
    """What was asked for does not exist (yet)."""

    code: ClassVar[str] = 'NOT_FOUND'


class PageNotFoundError(NotFoundError):
    """The collection has no such page."""

    def __init__(self, page: object) -> None:
        super().__init__(f'There is no page {str(page)[:32]!r}.')


class UnavailableError(Exception):
    """The service cannot answer just now; the same request will succeed later."""
