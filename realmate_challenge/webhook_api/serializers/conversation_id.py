"""The conversation id in a URL."""

from typing import ClassVar
from uuid import UUID

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api.serializers.fields import parse_uuid


class InvalidUUIDError(DomainError):
    """The id in the URL is not a UUID."""

    code: ClassVar[str] = 'INVALID_UUID'

    def __init__(self, text: str) -> None:
        super().__init__(f'{text[:64]!r} is not a UUID.')


def parse_conversation_id(text: str) -> UUID:
    """Return the UUID. Raises: InvalidUUIDError."""
    try:
        return parse_uuid(text)
    except ValueError as error:
        raise InvalidUUIDError(text) from error
