"""Querysets of conversations with the number of their messages and the time of the last one."""

from typing import Any, Final

from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from realmate_challenge.webhook_api.models import Conversation, Message, MessageCount

# Both directions of the index `conversation_newest_first`.
NEWEST_FIRST: Final = ('-opened_at', '-id')
OLDEST_FIRST: Final = ('opened_at', 'id')


_counts: Final = MessageCount.objects.filter(conversation_id=OuterRef('pk')).values('conversation_id')
_messages: Final = Message.objects.filter(conversation_id=OuterRef('pk'))

MESSAGE_COUNT: Final = Coalesce(
    Subquery(_counts.annotate(total=Sum('messages')).values('total'), output_field=BigIntegerField()), 0
)
LAST_MESSAGE_AT: Final = Subquery(_messages.order_by('-external_timestamp').values('external_timestamp')[:1])


def with_message_figures(page: QuerySet[Conversation], *order: str | Combinable) -> QuerySet[Any]:
    """Return the conversations of a sliced queryset with `message_count` and `last_message_at`, sorted by `order`.

    Annotate after slicing: the database computes an annotation for the rows that an offset skips, too.
    """
    rows = Conversation.objects.filter(pk__in=page.values('pk'))
    return rows.annotate(message_count=MESSAGE_COUNT, last_message_at=LAST_MESSAGE_AT).order_by(*order)


def lookups(**values: object) -> dict[str, Any]:
    """Return the arguments of `filter` for the values that are not None."""
    return {lookup: value for lookup, value in values.items() if value is not None}
