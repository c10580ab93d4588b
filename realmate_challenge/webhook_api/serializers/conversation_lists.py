"""Query parameters in, a typed filter out; a page of conversations out as JSON."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final, Never, final

import django_filters  # type: ignore[import-untyped]  # the package ships no types
from django import forms
from django.db.models import QuerySet
from rest_framework import serializers

from realmate_challenge.shared.pagination import Links
from realmate_challenge.webhook_api.entities.conversation import ConversationStatus
from realmate_challenge.webhook_api.entities.conversation_list import (
    ConversationFilter,
    ConversationList,
    ConversationSummary,
)
from realmate_challenge.webhook_api.serializers.fields import parse_instant

DATE_ALONE: Final = re.compile(r'\d{4}-\d{2}-\d{2}', re.ASCII)


@final
class InstantFormField(forms.Field):
    """As an event's timestamp; a date alone is its first instant."""

    default_error_messages: ClassVar = {
        'invalid': 'Must be an ISO 8601 date, or date and time.',
        'out_of_range': 'Falls outside the years 1 to 9999 in UTC.',
    }

    def to_python(self, value: str | None) -> datetime | None:
        try:
            return parse_instant(_normalize_offset(value)) if value else None
        except ValueError as error:
            raise forms.ValidationError(self.error_messages['invalid'], 'invalid') from error
        except OverflowError as error:
            raise forms.ValidationError(self.error_messages['out_of_range'], 'out_of_range') from error


def _normalize_offset(text: str) -> str:
    if DATE_ALONE.fullmatch(text):
        return f'{text}T00:00'
    # In an address, a plus that was not escaped arrives as a space: here the one before an offset.
    instant, _, offset = text.rpartition(' ')
    return f'{instant}+{offset}' if len(instant) > len('2025-02-21') else text


@final
class InstantFilter(django_filters.Filter):  # type: ignore[misc]  # untyped
    field_class = InstantFormField


@final
class ConversationFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # untyped
    """Reads and validates; the repository does the filtering. A parameter without a value counts as not given."""

    status = django_filters.ChoiceFilter(
        label='status',
        choices=[(status.value, status.value) for status in ConversationStatus],
        error_messages={'invalid_choice': f'Must be one of {", ".join(ConversationStatus)}.'},
    )
    opened_after = InstantFilter(label='opened_after')
    opened_before = InstantFilter(label='opened_before')


def parse_conversation_filter(query: Mapping[str, str]) -> ConversationFilter:
    """Raises: ValidationError, naming every parameter that is to blame. Parameters it does not know are ignored."""
    # A queryset of no table: nothing is asked of it, and a serializer knows none.
    filters = ConversationFilterSet(query, queryset=QuerySet())
    if not filters.is_valid():
        raise serializers.ValidationError(
            {
                name: [serializers.ErrorDetail(error['message'], error['code']) for error in errors]
                for name, errors in filters.errors.get_json_data().items()
            }
        )
    given = filters.form.cleaned_data
    return ConversationFilter(
        status=ConversationStatus(given['status']) if given['status'] else None,
        opened_after=given['opened_after'],
        opened_before=given['opened_before'],
    )


@final
class ConversationSummarySerializer(serializers.Serializer[Never]):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=list(ConversationStatus))
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    message_count = serializers.IntegerField(min_value=0)
    last_message_at = serializers.DateTimeField(
        allow_null=True, help_text='When the latest message was sent; null when there is none.'
    )


@final
class ConversationListSerializer(serializers.Serializer[Never]):
    """One page of conversations."""

    count = serializers.IntegerField(min_value=0, help_text='How many conversations match.')
    next = serializers.URLField(allow_null=True, help_text='The next page.')
    previous = serializers.URLField(allow_null=True, help_text='The previous page.')
    results = ConversationSummarySerializer(many=True)


def present_conversation_list(page: ConversationList, links: Links) -> dict[str, Any]:
    """What `ConversationListSerializer` describes; values go to the renderer as they are. A test compares both."""
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
