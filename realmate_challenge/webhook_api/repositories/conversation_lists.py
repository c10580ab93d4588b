"""`ConversationListRepository` on Django's ORM."""

from typing import Final, final

from django.db.models import QuerySet

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.conversation_list import (
    ConversationFilter,
    ConversationList,
    ConversationSummary,
)
from realmate_challenge.webhook_api.repositories.expressions import with_message_figures

# Both ways along the index `conversation_newest_first`.
NEWEST_FIRST: Final = ('-opened_at', '-id')
OLDEST_FIRST: Final = ('opened_at', 'id')


@final
class OrmConversationListRepository:
    """Two statements: the count, and the window with what its messages tell."""

    def read(self, wanted: ConversationFilter, *, offset: int, limit: int, newest_first: bool) -> ConversationList:
        matching = self._matching(wanted)
        order = NEWEST_FIRST if newest_first else OLDEST_FIRST
        window = with_message_figures(matching.order_by(*order)[offset : offset + limit], *order)
        rows = window.values_list('id', 'opened_at', 'closed_at', 'message_count', 'last_message_at')
        return ConversationList(
            count=matching.count(),
            summaries=[
                ConversationSummary(
                    conversation=Conversation(id=conversation_id, opened_at=opened_at, closed_at=closed_at),
                    message_count=message_count,
                    last_message_at=last_message_at,
                )
                for conversation_id, opened_at, closed_at, message_count, last_message_at in rows
            ],
        )

    def _matching(self, wanted: ConversationFilter) -> QuerySet[models.Conversation]:
        conditions = {
            'status': wanted.status,
            'opened_at__gte': wanted.opened_after,
            'opened_at__lt': wanted.opened_before,
        }
        given = {lookup: value for lookup, value in conditions.items() if value is not None}
        return models.Conversation.objects.filter(**given)
