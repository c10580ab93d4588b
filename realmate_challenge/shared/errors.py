"""Base classes of the domain's errors. `shared.http.exception_handler` turns them into responses."""

from typing import ClassVar


class DomainError(Exception):
    """A rule of the domain was violated. The class has the code and the wording, `{}` is the id of the object."""

    code: ClassVar[str] = 'DOMAIN_ERROR'
    message: ClassVar[str] = '{}'

    def __init__(self, subject: object) -> None:
        super().__init__(self.message.format(subject))


class NotFoundError(DomainError):
    """Something does not exist, or not yet."""

    code: ClassVar[str] = 'NOT_FOUND'


class PageNotFoundError(NotFoundError):
    """A page does not exist."""

    def __init__(self, page: object) -> None:
        super().__init__(f'There is no page {str(page)[:32]!r}.')


class UnavailableError(Exception):
    """The service cannot answer now. The same request will succeed later."""
