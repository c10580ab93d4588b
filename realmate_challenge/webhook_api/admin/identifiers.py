"""Searching by id, or by the first digits of one, as logs and people abbreviate it; and links to conversations."""

import re
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html

DIGITS: Final = 32
PREFIX: Final = re.compile(r'[0-9a-f]{1,32}', re.ASCII | re.IGNORECASE)


def filter_by_id_prefix(term: str, *fields: str) -> Q | None:
    """Match rows with a UUID in one of `fields` that begins with `term`; None, if no UUID can. Hyphens are ignored.

    A range, unlike a text comparison, is what the index on a UUID can answer.
    """
    digits = term.strip().replace('-', '')
    if PREFIX.fullmatch(digits) is None:
        return None
    first, last = UUID(digits.ljust(DIGITS, '0')), UUID(digits.ljust(DIGITS, 'f'))
    condition = Q()
    for field in fields:
        condition |= Q(**{f'{field}__range': (first, last)})
    return condition


def conversation_link(conversation_id: UUID) -> str:
    url = reverse('admin:webhook_api_conversation_change', args=[conversation_id])
    return format_html('<a href="{}">{}</a>', url, conversation_id)
