"""What is known of a conversation only by its messages, as expressions to annotate conversations with.

Each costs a look at one part of the index `message_reading_order`. So annotate the rows of a page, chosen
before, never the rows to choose from: a database works out what stands before the page, too.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Final, TypedDict

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from realmate_challenge.webhook_api.models import Conversation, Message

if TYPE_CHECKING:
    # A development dependency.
    from django_stubs_ext import WithAnnotations


class MessageFigures(TypedDict):
    message_count: int
    last_message_at: datetime | None


type ConversationWithFigures = 'WithAnnotations[Conversation, MessageFigures]'

_of_conversation: Final = Message.objects.filter(conversation_id=OuterRef('pk'))

MESSAGE_COUNT: Final = Coalesce(
    Subquery(_of_conversation.values('conversation_id').annotate(count=Count('pk')).values('count')), 0
)
LAST_MESSAGE_AT: Final = Subquery(_of_conversation.order_by('-external_timestamp').values('external_timestamp')[:1])


def with_message_figures(page: QuerySet[Conversation], *order: str | Combinable) -> 'QuerySet[ConversationWithFigures]':
    """The conversations of a sliced queryset with their `message_count` and `last_message_at`, ordered anew.

    The slice itself reads keys only, from an index where there is one.
    """
    rows = Conversation.objects.filter(pk__in=page.values('pk'))
    return rows.annotate(message_count=MESSAGE_COUNT, last_message_at=LAST_MESSAGE_AT).order_by(*order)
