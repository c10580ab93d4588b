from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from realmate_challenge.shared.database import cursors
from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import (
    Conversation,
    ConversationErasedError,
    ConversationStatus,
)
from realmate_challenge.webhook_api.entities.pages import (
    ConversationFilter,
    ConversationList,
    ConversationSummary,
    Transcript,
)
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus
from realmate_challenge.webhook_api.models.conversation import ERASED
from realmate_challenge.webhook_api.repositories.messages import FIELDS, columns, message_from
from realmate_challenge.webhook_api.repositories.sql import converter, read, read_durable, render, sqlite_turn, write

INSERT: Final = """
    INSERT INTO {conversation} ({conversation.id}, {conversation.status}, {conversation.opened_at})
    VALUES (%(id)s, %(status)s, %(opened_at)s)
    ON CONFLICT DO NOTHING
"""
NOT_ERASED: Final = f"{{conversation.status}} <> '{ERASED}'"
# A sum over a few rows.
MESSAGE_COUNT: Final = """(
    SELECT CAST(COALESCE(SUM(n.{count.messages}), 0) AS bigint)
    FROM {count} n
    WHERE n.{count.conversation} = {conversation_id}
)"""
# Without messages, the join leaves one row with nulls.
TRANSCRIPT: Final = """
    SELECT c.{conversation.opened_at}, c.{conversation.closed_at}, {message_count}, {columns}
    FROM {conversation} c LEFT JOIN ({messages}) m ON TRUE
    WHERE c.{conversation.id} = %(id)s AND c.{not_erased}
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
# Only the conversations of the page are summarized, not those that an offset skips.
LIST: Final = """
    SELECT c.*, {message_count}, (
        SELECT MAX(m.{message.external_timestamp})
        FROM {message} m
        WHERE m.{message.conversation} = c.{conversation.id}
    )
    FROM (
        SELECT {conversation.id}, {conversation.opened_at}, {conversation.closed_at}
        FROM {conversation}
        WHERE {condition}
        ORDER BY {order}
        LIMIT {limit} {offset}
    ) c
    ORDER BY {order}
"""
COUNT: Final = 'SELECT COUNT(*) FROM {conversation} WHERE {condition}'
# By the fields of `ConversationFilter`.
CONDITIONS: Final = {
    'status': '{conversation.status} = %(status)s',
    'opened_after': '{conversation.opened_at} >= %(opened_after)s',
    'opened_before': '{conversation.opened_at} < %(opened_before)s',
}
CONVERSATIONS_OLDEST_FIRST: Final = '{conversation.opened_at} ASC, {conversation.id} ASC'
CONVERSATIONS_NEWEST_FIRST: Final = '{conversation.opened_at} DESC, {conversation.id} DESC'
MESSAGES_OLDEST_FIRST: Final = 'm.{message.external_timestamp} ASC, m.{message.received_at} ASC, m.{message.id} ASC'
MESSAGES_NEWEST_FIRST: Final = 'm.{message.external_timestamp} DESC, m.{message.received_at} DESC, m.{message.id} DESC'


@cache
def _statement(page: str, *, limit: int, newest_first: bool) -> str:
    order = render(MESSAGES_NEWEST_FIRST if newest_first else MESSAGES_OLDEST_FIRST)
    messages = render(page, columns=columns('m.'), order=order, limit=limit)
    return render(
        TRANSCRIPT,
        message_count=render(MESSAGE_COUNT, conversation_id='(SELECT %(id)s)'),
        not_erased=render(NOT_ERASED),
        columns=columns('m.'),
        messages=messages,
        order=order,
    )


@cache
def _converters() -> list[Callable[[Any], Any]]:
    of_conversation = [converter(models.Conversation, field) for field in ('opened_at', 'closed_at')]
    return [*of_conversation, int, *(converter(models.Message, field) for field in FIELDS.values())]


def _converted(rows: list[Any], converters: list[Callable[[Any], Any]]) -> list[Any]:
    if not cursors.needs_conversion():
        return rows
    return [[convert(value) for convert, value in zip(converters, row, strict=True)] for row in rows]


@cache
def _list_statements(fields: tuple[str, ...], *, limit: int, is_first: bool, newest_first: bool) -> tuple[str, str]:
    """Return the statements for the count and for the page, with conditions for these fields of the filter."""
    condition = render(' AND '.join([NOT_ERASED, *(CONDITIONS[field] for field in fields)]))
    order = render(CONVERSATIONS_NEWEST_FIRST if newest_first else CONVERSATIONS_OLDEST_FIRST)
    page = render(
        LIST,
        message_count=render(MESSAGE_COUNT, conversation_id=render('c.{conversation.id}')),
        condition=condition,
        order=order,
        limit=limit,
        offset='' if is_first else 'OFFSET %(offset)s',
    )
    return render(COUNT, condition=condition), page


@cache
def _list_converters() -> list[Callable[[Any], Any]]:
    of_conversation = [converter(models.Conversation, field) for field in ('id', 'opened_at', 'closed_at')]
    return [*of_conversation, int, converter(models.Message, 'external_timestamp')]


class OrmConversationRepository:
    """Each method that writes, except `erase`, is one statement in autocommit mode, and so atomic."""

    def add(self, conversation: Conversation) -> bool:
        values = {'id': conversation.id, 'status': conversation.status, 'opened_at': conversation.opened_at}
        return write(render(INSERT), values)

    def close(self, conversation_id: UUID, closed_at: datetime) -> bool:
        still_open = models.Conversation.objects.filter(id=conversation_id, status=ConversationStatus.OPEN)
        with sqlite_turn():
            return still_open.update(status=ConversationStatus.CLOSED, closed_at=closed_at) == 1

    def get(self, conversation_id: UUID) -> Conversation | None:
        row = read_durable(models.Conversation.with_tombstones.filter(id=conversation_id))
        if row is None:
            return None
        if row.status == ERASED:
            raise ConversationErasedError(conversation_id)
        return Conversation(id=row.id, opened_at=row.opened_at, closed_at=row.closed_at)

    def read_page(self, conversation_id: UUID, *, offset: int, limit: int, newest_first: bool) -> Transcript | None:
        if offset:
            sql = _statement(LATER_PAGE, limit=0, newest_first=newest_first)
        else:
            sql = _statement(FIRST_PAGE, limit=limit, newest_first=newest_first)
        rows = read(sql, {'id': conversation_id, 'limit': limit, 'offset': offset})
        if not rows:
            return None
        rows = _converted(rows, _converters())
        opened_at, closed_at, message_count, first_message_id, *_ = rows[0]
        return Transcript(
            conversation=Conversation(id=conversation_id, opened_at=opened_at, closed_at=closed_at),
            message_count=message_count,
            messages=[] if first_message_id is None else [message_from(row[3:], conversation_id) for row in rows],
        )

    def list_page(self, wanted: ConversationFilter, *, offset: int, limit: int, newest_first: bool) -> ConversationList:
        """Execute two statements: one for the count, and one for the page."""
        values = {field: value for field in CONDITIONS if (value := getattr(wanted, field)) is not None}
        count, page = _list_statements(tuple(values), limit=limit, is_first=not offset, newest_first=newest_first)
        ((found,),) = read(count, values)
        rows = _converted(read(page, {**values, 'offset': offset}), _list_converters())
        summaries = [
            ConversationSummary(
                conversation=Conversation(id=conversation_id, opened_at=opened_at, closed_at=closed_at),
                message_count=message_count,
                last_message_at=last_message_at,
            )
            for conversation_id, opened_at, closed_at, message_count, last_message_at in rows
        ]
        return ConversationList(count=found, summaries=summaries)

    def erase(self, conversation_id: UUID, erased_at: datetime) -> None:
        """Execute one statement for each table, however many rows it has."""
        tombstone = models.Conversation(id=conversation_id, status=ERASED, opened_at=erased_at)
        of_conversation = {'conversation_id': conversation_id}
        # The body of an invalid event may contain the id anywhere.
        mentions = Q(payload__icontains=str(conversation_id)) | Q(payload__icontains=conversation_id.hex)
        kept_events = models.UnappliedEvent.objects.filter(
            Q(**of_conversation) | Q(mentions, status=UnappliedStatus.INVALID)
        )
        with transaction.atomic():
            # The conversation comes first: an insert of a message waits for its lock, and then finds it erased.
            models.Conversation.objects.bulk_create([tombstone], ignore_conflicts=True)
            models.Conversation.objects.filter(id=conversation_id).update(
                status=ERASED, opened_at=erased_at, closed_at=None
            )
            models.Message.objects.filter(**of_conversation).delete()
            models.MessageCount.objects.filter(**of_conversation).delete()
            kept_events.delete()
            # An event may have been held during the transaction. One that is held after it is retried, and dropped.
            transaction.on_commit(kept_events.delete)

    def erasures(self) -> Iterator[tuple[UUID, datetime]]:
        """Return the erased ids with the times of erasure, oldest first."""
        tombstones = models.Conversation.with_tombstones.filter(status=ERASED)
        return tombstones.order_by('opened_at', 'id').values_list('id', 'opened_at').iterator()
