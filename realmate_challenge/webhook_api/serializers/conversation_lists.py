import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final, Never

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from realmate_challenge.shared.pagination import Links
from realmate_challenge.webhook_api.entities.conversation import ConversationStatus
from realmate_challenge.webhook_api.entities.pages import ConversationFilter, ConversationList
from realmate_challenge.webhook_api.serializers.fields import InstantField, StrictChoiceField
from realmate_challenge.webhook_api.serializers.transcripts import (
    ConversationSerializer,
    PagedSerializer,
    present_conversation,
)

DATE: Final = re.compile(r'\A\d{4}-\d{2}-\d{2}\Z', re.ASCII)
# An unescaped plus in a URL arrives as a space.
SPACE_BEFORE_OFFSET: Final = re.compile(r'\A(.{10}[Tt ].+) ')
INSTANT_HELP: Final = 'ISO 8601; without an offset it is UTC, and a date is its first instant.'


@extend_schema_field({'type': 'string', 'format': 'iso-8601'})
class InstantParameter(InstantField):
    default_error_messages: ClassVar = {'invalid': 'Must be an ISO 8601 date, or date and time.'}

    def to_internal_value(self, data: object) -> datetime:
        text = SPACE_BEFORE_OFFSET.sub(r'\1+', str(data))
        return super().to_internal_value(DATE.sub(r'\g<0>T00:00', text))


class ConversationFilterSerializer(serializers.Serializer[Never]):
    """The query parameters of the list, with the names and types of `ConversationFilter`."""

    status = StrictChoiceField(ConversationStatus, required=False)
    opened_after = InstantParameter(required=False, help_text=f'Opened at this time or later. {INSTANT_HELP}')
    opened_before = InstantParameter(required=False, help_text=f'Opened before this time. {INSTANT_HELP}')


# Create the serializer once: `run_validation` keeps no state.
_filter: Final = ConversationFilterSerializer()


def parse_conversation_filter(query: Mapping[str, str]) -> ConversationFilter:
    """Return the filter. Parameters without a value and unknown parameters are ignored.

    Raises: ValidationError, which names every invalid parameter.
    """
    given = {name: value for name, value in query.items() if value}
    return ConversationFilter(**_filter.run_validation(given))


class ConversationSummarySerializer(ConversationSerializer):
    message_count = serializers.IntegerField(min_value=0)
    last_message_at = serializers.DateTimeField(allow_null=True, help_text='Time of the latest message.')


class ConversationListSerializer(PagedSerializer):
    """One page of conversations."""

    results = ConversationSummarySerializer(many=True)


def present_conversation_list(page: ConversationList, links: Links) -> dict[str, Any]:
    rows = [
        {
            **present_conversation(summary.conversation),
            'message_count': summary.message_count,
            'last_message_at': summary.last_message_at,
        }
        for summary in page.summaries
    ]
    return {'count': page.count, 'next': links[0], 'previous': links[1], 'results': rows}
