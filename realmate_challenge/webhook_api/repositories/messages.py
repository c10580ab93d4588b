from collections.abc import Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import connections

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import ConversationStatus
from realmate_challenge.webhook_api.entities.message import Message, MessageDirection
from realmate_challenge.webhook_api.repositories.sql import Names, read_durable, render, write

# The fields of a message, and their names in the model. The conversation's id is written apart.
FIELDS: Final = {
    'id': 'id',
    'direction': 'direction',
    'content': 'content',
    'timestamp': 'external_timestamp',
    'received_at': 'received_at',
}
# A dictionary finds a member ten times faster than a call of the class.
DIRECTIONS: Final = {direction.value: direction for direction in MessageDirection}

# On PostgreSQL, FOR SHARE makes this statement wait for a concurrent close, and a close wait for it; the KEY SHARE lock
# of the foreign key would not. On SQLite there is one writer at a time.
INSERT: Final = """
    INSERT INTO {message} ({columns}, {message.conversation})
    SELECT {values}, {conversation.id}
    FROM {conversation}
    WHERE {conversation.id} = %(conversation_id)s AND {accepts}
    {lock}
    ON CONFLICT DO NOTHING
"""
ACCEPTS: Final = f"{{conversation.status}} = '{ConversationStatus.OPEN}'"
ACCEPTS_LATE: Final = f'({ACCEPTS} OR {{conversation.closed_at}} >= %(timestamp)s)'


@cache
def columns(prefix: str = '') -> str:
    """Return the columns of `FIELDS` as SQL."""
    names = Names(models.Message)
    return ', '.join(prefix + getattr(names, field) for field in FIELDS.values())


@cache
def insert_statement(*, accept_late: bool) -> str:
    return render(
        INSERT,
        columns=columns(),
        values=', '.join(f'%({name})s' for name in FIELDS),
        accepts=render(ACCEPTS_LATE if accept_late else ACCEPTS),
        lock='FOR SHARE' if connections['default'].features.has_select_for_update else '',
    )


def message_from(values: Sequence[Any], conversation_id: UUID) -> Message:
    """Return the message of the values of `FIELDS`."""
    fields = dict(zip(FIELDS, values, strict=True))
    fields['direction'] = DIRECTIONS[fields['direction']]
    return Message(conversation_id=conversation_id, **fields)


class OrmMessageRepository:
    """Each method is one statement in autocommit mode, and so atomic."""

    def add(self, message: Message, *, accept_late: bool) -> bool:
        values = {name: getattr(message, name) for name in FIELDS}
        values['conversation_id'] = message.conversation_id
        return write(insert_statement(accept_late=accept_late), values)

    def get(self, message_id: UUID) -> Message | None:
        row = read_durable(models.Message.objects.filter(id=message_id))
        return message_from([getattr(row, field) for field in FIELDS.values()], row.conversation_id) if row else None
