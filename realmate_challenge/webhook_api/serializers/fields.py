"""Fields that accept exactly what the API documents. REST framework's own fields accept more."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from django.core.validators import ProhibitNullCharactersValidator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

# `UUID` alone also accepts braces, URNs, misplaced hyphens and digits of other scripts.
UUID_TEXT: Final = re.compile(r'[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}', re.ASCII | re.IGNORECASE)
# `fromisoformat` alone also accepts week dates, a date without time, any separator, a NUL at the end, offsets of 60 and
# more minutes and, since Python 3.14, the hour 24.
DATE_TIME_TEXT: Final = re.compile(
    r'\d{4}(-?)\d\d\1\d\d[Tt ](?!24)\d\d(?::?\d\d(?::?\d\d(?:[.,]\d+)?)?)?(?:[Zz]|[+-]\d\d(?::?[0-5]\d)?)?', re.ASCII
)
# For the schema, in the syntax that all languages share. The format `date-time` would require an offset.
INSTANT_PATTERN: Final = r'^\d{4}-?\d\d-?\d\d[Tt ]\d\d(:?\d\d(:?\d\d([.,]\d+)?)?)?([Zz]|[+-]\d\d(:?[0-5]\d)?)?$'


def parse_uuid(text: object) -> UUID:
    """Return a UUID in the notation of RFC 9562, with or without hyphens. Raises: ValueError."""
    if not isinstance(text, str) or UUID_TEXT.fullmatch(text) is None:
        raise ValueError
    return UUID(text)


def parse_instant(text: object) -> datetime:
    """Return an ISO 8601 date and time in UTC. Without an offset it is UTC. Digits after microseconds are dropped.

    Raises: ValueError; OverflowError, if it is outside the years 1 to 9999 in UTC.
    """
    if not isinstance(text, str) or DATE_TIME_TEXT.fullmatch(text) is None:
        raise ValueError
    instant = datetime.fromisoformat(text.upper())
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


@extend_schema_field(OpenApiTypes.UUID)
class StrictUUIDField(serializers.Field[UUID, Any, str, Any]):
    default_error_messages: ClassVar = {'invalid': 'Must be a UUID, as a string.'}

    def to_internal_value(self, data: object) -> UUID:
        try:
            return parse_uuid(data)
        except ValueError:
            self.fail('invalid')

    def to_representation(self, value: UUID) -> str:
        return str(value)


@extend_schema_field({'type': 'string', 'format': 'iso-8601', 'pattern': INSTANT_PATTERN})
class InstantField(serializers.Field[datetime, Any, str, Any]):
    default_error_messages: ClassVar = {
        'invalid': 'Must be an ISO 8601 date and time, as a string.',
        'out_of_range': 'Must be in the years 1 to 9999 in UTC.',
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


class StrictChoiceField(serializers.ChoiceField):
    """One of the values, as a string. REST framework's own field compares `str(data)`."""

    def __init__(self, choices: Iterable[StrEnum], **kwargs: Any) -> None:  # noqa: ANN401 - REST framework's options
        self._members = {choice.value: choice for choice in choices}
        names = list(self._members)
        super().__init__(choices=names, **kwargs)
        self.error_messages['invalid_choice'] = f'Must be one of {", ".join(names)}.'

    def to_internal_value(self, data: object) -> StrEnum:
        if not isinstance(data, str) or data not in self._members:
            self.fail('invalid_choice')
        return self._members[data]


@extend_schema_field({'type': 'string', 'pattern': r'^[^\u0000]*$'})
class ExactTextField(serializers.CharField):
    """Text exactly as sent, without the characters that PostgreSQL or UTF-8 cannot store."""

    default_error_messages: ClassVar = {
        'invalid': 'Must be a string.',
        'null_character': 'Must not contain the NUL character.',
        'surrogate': 'Must not contain lone surrogates.',
    }

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - REST framework's options
        super().__init__(trim_whitespace=False, **kwargs)
        # REST framework searches for these characters in a Python loop; `to_internal_value` does it in C.
        slow = (ProhibitNullCharactersValidator, ProhibitSurrogateCharactersValidator)
        self.validators = [validator for validator in self.validators if not isinstance(validator, slow)]

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
