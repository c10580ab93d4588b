"""Read one page of a conversation in one statement."""

from collections.abc import Callable
from functools import cache
from operator import methodcaller
from typing import Any, Final
from uuid import UUID

from realmate_challenge.shared.database import cursors
from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.transcript import Transcript
from realmate_challenge.webhook_api.models.conversation import ERASED
from realmate_challenge.webhook_api.repositories.messages import FIELDS, columns, message_from
from realmate_challenge.webhook_api.repositories.sql import converter, render

# The number of messages is a sum over a few rows. Without messages, the join leaves one row with nulls.
TRANSCRIPT: Final = """
    SELECT c.{conversation.opened_at}, c.{conversation.closed_at}, (
        SELECT CAST(COALESCE(SUM(n.{count.messages}), 0) AS bigint)
        FROM {count} n
        WHERE n.{count.conversation} = (SELECT %(id)s)
    ), {columns}
    FROM {conversation} c LEFT JOIN ({messages}) m ON TRUE
    WHERE c.{conversation.id} = %(id)s AND c.{conversation.status} <> '{erased}'
    ORDER BY {order}
"""
# PostgreSQL keeps one plan for all conversations, because the limit is constant, there is no offset, and it does not
# look into the sub-select of the id. Planning takes twice as long as the execution.
FIRST_PAGE: Final = """
    SELECT {columns}
    FROM {message} m
    WHERE m.{message.conversation} = (SELECT %(id)s)
    ORDER BY {order}
    LIMIT {limit}
"""
# The ids of the page come from the index alone, so only the rows of the page are read.
LATER_PAGE: Final = """
    SELECT {columns}
    FROM (
        SELECT m.{message.id}
        FROM {message} m
        WHERE m.{message.conversation} = %(id)s
        ORDER BY {order}
        LIMIT %(limit)s OFFSET %(offset)s
    ) page JOIN {message} m ON m.{message.id} = page.{message.id}
"""
OLDEST_FIRST: Final = 'm.{message.external_timestamp} ASC, m.{message.id} ASC'
NEWEST_FIRST: Final = 'm.{message.external_timestamp} DESC, m.{message.id} DESC'

_fetchall: Final = methodcaller('fetchall')


@cache
def _statement(page: str, *, limit: int, newest_first: bool) -> str:
    order = render(NEWEST_FIRST if newest_first else OLDEST_FIRST)
    messages = render(page, columns=columns('m.'), order=order, limit=limit)
    return render(TRANSCRIPT, erased=ERASED, columns=columns('m.'), messages=messages, order=order)


@cache
def _converters() -> list[Callable[[Any], Any]]:
    of_conversation = [converter(models.Conversation, field) for field in ('opened_at', 'closed_at')]
    return [*of_conversation, int, *(converter(models.Message, field) for field in FIELDS.values())]


def read_page(conversation_id: UUID, *, offset: int, limit: int, newest_first: bool) -> Transcript | None:
    if offset:
        sql = _statement(LATER_PAGE, limit=0, newest_first=newest_first)
    else:
        sql = _statement(FIRST_PAGE, limit=limit, newest_first=newest_first)
    rows = cursors.run(sql, {'id': conversation_id, 'limit': limit, 'offset': offset}, _fetchall)
    if not rows:
        return None
    if cursors.needs_conversion():
        rows = [[convert(value) for convert, value in zip(_converters(), row, strict=True)] for row in rows]
    opened_at, closed_at, message_count, first_message_id, *_ = rows[0]
    return Transcript(
        conversation=Conversation(id=conversation_id, opened_at=opened_at, closed_at=closed_at),
        message_count=message_count,
        messages=[] if first_message_id is None else [message_from(row[3:], conversation_id) for row in rows],
    )
