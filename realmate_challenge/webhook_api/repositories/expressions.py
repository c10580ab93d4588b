"""What is known of a conversation only by its messages, as expressions to annotate conversations with.

Each costs a look into an index. So annotate the rows of a page, chosen
before, never the rows to choose from: a database works out what stands before the page, too.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Final, TypedDict

from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from realmate_challenge.webhook_api.models import Conversation, Message, MessageCount

if TYPE_CHECKING:
    # A development dependency.
    from django_stubs_ext import WithAnnotations


class MessageFigures(TypedDict):
    message_count: int
    last_message_at: datetime | None


type ConversationWithFigures = 'WithAnnotations[Conversation, MessageFigures]'

_counts: Final = MessageCount.objects.filter(conversation_id=OuterRef('pk')).values('conversation_id')
_messages: Final = Message.objects.filter(conversation_id=OuterRef('pk'))

MESSAGE_COUNT: Final = Coalesce(
    Subquery(_counts.annotate(total=Sum('messages')).values('total'), output_field=BigIntegerField()), 0
)
LAST_MESSAGE_AT: Final = Subquery(_messages.order_by('-external_timestamp').values('external_timestamp')[:1])


def with_message_figures(page: QuerySet[Conversation], *order: str | Combinable) -> 'QuerySet[ConversationWithFigures]':
    """The conversations of a sliced queryset with their `message_count` and `last_message_at`, ordered anew.

    The slice itself reads keys only, from an index where there is one.
    """
    rows = Conversation.objects.filter(pk__in=page.values('pk'))
    return rows.annotate(message_count=MESSAGE_COUNT, last_message_at=LAST_MESSAGE_AT).order_by(*order)
