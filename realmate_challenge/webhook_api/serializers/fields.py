"""Fields that take exactly what the wire contract allows: REST framework's own are more forgiving."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Final, final
from uuid import UUID

from django.core.validators import MaxLengthValidator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

# `UUID` alone would also take braces, URNs, stray hyphens and other scripts' digits.
UUID_TEXT: Final = re.compile(r'[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}', re.ASCII | re.IGNORECASE)
# `fromisoformat` alone would also take a date without time, any character between date, time and offset, and a NUL at
# the end. What the digits of the date mean is left to it.
DATE_TIME_TEXT: Final = re.compile(
    r'[\dW-]{8,10}[Tt ]\d\d(?::?\d\d(?::?\d\d(?:[.,]\d+)?)?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?', re.ASCII
)


def parse_uuid(text: object) -> UUID:
    """Raises: ValueError, unless `text` is a UUID as RFC 9562 writes it, with or without its hyphens."""
    if not isinstance(text, str) or UUID_TEXT.fullmatch(text) is None:
        message = 'not a UUID'
        raise ValueError(message)
    return UUID(text)


def parse_instant(text: object) -> datetime:
    """An ISO 8601 date and time, in UTC; without an offset it is UTC already. Digits beyond microseconds are cut.

    Raises: ValueError, unless it is one; OverflowError, if in UTC it falls outside the years 1 to 9999.
    """
    if not isinstance(text, str) or DATE_TIME_TEXT.fullmatch(text) is None:
        message = 'no date and time'
        raise ValueError(message)
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _shown(data: object) -> str:
    """What an error message may repeat of a value: little, and nothing that UTF-8 cannot write."""
    return data[:64].encode(errors='replace').decode() if isinstance(data, str) else type(data).__name__


class StrictField(serializers.Field[Any, Any, Any, Any]):
    """A required field without validators: what is there goes straight to `to_internal_value`."""

    def run_validation(self, data: Any = empty) -> Any:  # noqa: ANN401 - parsed JSON
        if data is empty or data is None:
            return super().run_validation(data)
        return self.to_internal_value(data)


@final
@extend_schema_field(OpenApiTypes.UUID)
class StrictUUIDField(StrictField):
    default_error_messages: ClassVar = {'invalid': 'Must be a UUID, as a string.'}

    def to_internal_value(self, data: object) -> UUID:
        try:
            return parse_uuid(data)
        except ValueError:
            self.fail('invalid')

    def to_representation(self, value: UUID) -> str:
        return str(value)


@final
@extend_schema_field(OpenApiTypes.DATETIME)
class InstantField(StrictField):
    default_error_messages: ClassVar = {
        'invalid': 'Must be an ISO 8601 date and time, as a string.',
        'out_of_range': 'Falls outside the years 1 to 9999 in UTC.',
    }

    def to_internal_value(self, data: object) -> datetime:
        try:
            return parse_instant(data)
        except ValueError:
            self.fail('invalid')
        except OverflowError:
            self.fail('out_of_range')

    def to_representation(self, value: datetime) -> str:
        return value.isoformat().replace('+00:00', 'Z')


@final
class StrictChoiceField[Choice: StrEnum](StrictField, serializers.ChoiceField):
    """Exactly one of the values; REST framework's own would compare `str(data)`."""

    def __init__(self, choices: Iterable[Choice], **kwargs: Any) -> None:  # noqa: ANN401 - REST framework's options
        self._members = {choice.value: choice for choice in choices}
        super().__init__(choices=list(self._members), **kwargs)

    def to_internal_value(self, data: object) -> Choice:
        member = self._members.get(data) if isinstance(data, str) else None
        if member is None:
            self.fail('invalid_choice', input=_shown(data))
        return member


@final
@extend_schema_field({'type': 'string', 'pattern': r'^[^\u0000]*$'})
class ExactTextField(serializers.CharField):
    """Text as it was sent: nothing trimmed, nothing converted, and only what every database can keep."""

    default_error_messages: ClassVar = {
        'invalid': 'Must be a string.',
        'null_character': 'Must not contain the NUL character.',
        'surrogate': 'Must not contain lone surrogates: they are no characters.',
    }

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - REST framework's own options
        super().__init__(trim_whitespace=False, **kwargs)
        # REST framework looks for NUL and surrogates in a Python loop; `to_internal_value` does it at the speed of C.
        self.validators = [validator for validator in self.validators if isinstance(validator, MaxLengthValidator)]

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail('invalid')
        if '\0' in data:
            self.fail('null_character')
        try:
            data.encode()
        except UnicodeEncodeError:
            self.fail('surrogate')
        return data
