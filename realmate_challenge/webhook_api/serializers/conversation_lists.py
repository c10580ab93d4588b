"""Convert query parameters into a filter, and a page of conversations into JSON."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final, Never, final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from realmate_challenge.shared.pagination import Links
from realmate_challenge.webhook_api.entities.conversation import ConversationStatus
from realmate_challenge.webhook_api.entities.conversation_list import (
    ConversationFilter,
    ConversationList,
    ConversationSummary,
)
from realmate_challenge.webhook_api.serializers.fields import InstantField, StrictChoiceField

DATE: Final = re.compile(r'\d{4}-\d{2}-\d{2}', re.ASCII)
INSTANT_HELP: Final = 'ISO 8601; without an offset it is UTC, and a date alone is its first instant.'


@final
@extend_schema_field(OpenApiTypes.DATETIME)
class InstantParameterField(InstantField):
    """A timestamp, or a date, which stands for its first instant."""

    default_error_messages: ClassVar = {'invalid': 'Must be an ISO 8601 date, or date and time.'}

    def to_internal_value(self, data: object) -> datetime:
        return super().to_internal_value(_normalize(str(data)))


def _normalize(text: str) -> str:
    if DATE.fullmatch(text):
        return f'{text}T00:00'
    # In a query string, an unescaped plus means a space. Here it can only be the sign of an offset.
    instant, _, offset = text.rpartition(' ')
    return f'{instant}+{offset}' if len(instant) > len('2025-02-21') else text


@final
class ConversationFilterSerializer(serializers.Serializer[Never]):
    """The filters of the list: fields of `ConversationFilter`."""

    status = StrictChoiceField(ConversationStatus, required=False)
    opened_after = InstantParameterField(required=False, help_text=f'Opened then or later. {INSTANT_HELP}')
    opened_before = InstantParameterField(required=False, help_text=f'Opened earlier than then. {INSTANT_HELP}')


def parse_conversation_filter(query: Mapping[str, str]) -> ConversationFilter:
    """Return the filter of a query, without unknown and empty parameters.

    Raises: ValidationError, which names every invalid parameter.
    """
    serializer = ConversationFilterSerializer(data={name: value for name, value in query.items() if value})
    serializer.is_valid(raise_exception=True)
    return ConversationFilter(**serializer.validated_data)


@final
class ConversationSummarySerializer(serializers.Serializer[Never]):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=list(ConversationStatus))
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    message_count = serializers.IntegerField(min_value=0)
    last_message_at = serializers.DateTimeField(
        allow_null=True, help_text='Time of the latest message; null if there is none.'
    )


@final
class ConversationListSerializer(serializers.Serializer[Never]):
    """One page of conversations."""

    count = serializers.IntegerField(min_value=0, help_text='The number of conversations that match.')
    next = serializers.URLField(allow_null=True, help_text='The next page.')
    previous = serializers.URLField(allow_null=True, help_text='The previous page.')
    results = ConversationSummarySerializer(many=True)


def present_conversation_list(page: ConversationList, links: Links) -> dict[str, Any]:
    """Return the page as `ConversationListSerializer` describes it. The renderer converts the values."""
    following, preceding = links
    return {
        'count': page.count,
        'next': following,
        'previous': preceding,
        'results': [_row(summary) for summary in page.summaries],
    }


def _row(summary: ConversationSummary) -> dict[str, Any]:
    conversation = summary.conversation
    return {
        'id': conversation.id,
        'status': conversation.status,
        'opened_at': conversation.opened_at,
        'closed_at': conversation.closed_at,
        'message_count': summary.message_count,
        'last_message_at': summary.last_message_at,
    }
