from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connections

from realmate_challenge.shared.database import cursors
from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities.conversation import ConversationStatus
from realmate_challenge.webhook_api.entities.message import Message, MessageDirection
from realmate_challenge.webhook_api.repositories.group_commit import GroupCommit
from realmate_challenge.webhook_api.repositories.sql import Names, converter, read, read_durable, render, sqlite_turn

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

# One parameter has all messages as JSON, so that one prepared statement stores any number of them. On PostgreSQL, FOR
# SHARE makes this statement wait for a concurrent close, and a close wait for it; the KEY SHARE lock of the foreign key
# would not. On SQLite there is one writer at a time. The order prevents deadlocks between groups with copies of the
# same messages.
INSERT: Final = """
    INSERT INTO {message} ({columns}, {message.conversation})
    SELECT {values}, given.conversation_id
    FROM {given}
    WHERE EXISTS (SELECT 1 FROM {conversation} WHERE {conversation.id} = given.conversation_id AND {accepts} {lock})
    ORDER BY given.id
    ON CONFLICT DO NOTHING
    RETURNING {message.id}
"""
ACCEPTS: Final = f"{{conversation.status}} = '{ConversationStatus.OPEN}'"
ACCEPTS_LATE: Final = f'({ACCEPTS} OR {{conversation.closed_at}} >= given.timestamp)'


@cache
def columns(prefix: str = '') -> str:
    """Return the columns of `FIELDS` as SQL."""
    names = Names(models.Message)
    return ', '.join(prefix + getattr(names, field) for field in FIELDS.values())


@cache
def _given() -> str:
    """Return the messages of the parameter as a table, whose columns have the names of the entity's fields."""
    fields = {**FIELDS, 'conversation_id': 'conversation'}
    if cursors.needs_conversion():
        values = ', '.join(f"json_extract(value, '$.{name}') AS {name}" for name in fields)
        return f'(SELECT {values} FROM json_each(%(messages)s)) AS given'  # noqa: S608 - names of fields
    connection, meta = connections['default'], models.Message._meta  # noqa: SLF001 - documented API
    types = ', '.join(f'{name} {meta.get_field(field).db_type(connection)}' for name, field in fields.items())
    return f'json_to_recordset(%(messages)s) AS given({types})'


@cache
def _insert_statement(*, accept_late: bool, lock: str) -> str:
    return render(
        INSERT,
        columns=columns(),
        values=', '.join(f'given.{name}' for name in FIELDS),
        given=_given(),
        accepts=render(ACCEPTS_LATE if accept_late else ACCEPTS),
        lock=lock if connections['default'].features.has_select_for_update else '',
    )


def _insert(messages: Sequence[Message], *, accept_late: bool, lock: str = 'FOR SHARE SKIP LOCKED') -> frozenset[UUID]:
    """Store the messages that their conversations accept in one atomic statement, and return their ids."""
    document: object = messages
    if cursors.needs_conversion():
        names = (*FIELDS, 'conversation_id')
        document = [cursors.adapted({name: getattr(message, name) for name in names}) for message in messages]
    sql = _insert_statement(accept_late=accept_late, lock=lock)
    with sqlite_turn():
        rows = read(sql, {'messages': orjson.dumps(document).decode()})
    read_id = _id_converter()
    return frozenset(read_id(message_id) for (message_id,) in rows)


@cache
def _id_converter() -> Callable[[Any], UUID]:
    return converter(models.Message, 'id')


@cache
def group_commit(*, accept_late: bool) -> GroupCommit:
    return GroupCommit(partial(_insert, accept_late=accept_late))


def message_from(values: Sequence[Any], conversation_id: UUID) -> Message:
    """Return the message of the values of `FIELDS`, in their order."""
    message_id, direction, content, timestamp, received_at = values
    return Message(
        id=message_id,
        conversation_id=conversation_id,
        direction=DIRECTIONS[direction],
        content=content,
        timestamp=timestamp,
        received_at=received_at,
    )


class OrmMessageRepository:
    """Each method is one statement in autocommit mode, and so atomic."""

    def add(self, message: Message, *, accept_late: bool, alone: bool = False) -> bool:
        # The thread of a transaction cannot write for others: it may roll back.
        if not alone and not connections['default'].in_atomic_block:
            is_stored = group_commit(accept_late=accept_late).add(message)
            if is_stored is not None:
                return is_stored
        return bool(_insert([message], accept_late=accept_late, lock='FOR SHARE'))

    def add_all(self, messages: Sequence[Message], *, accept_late: bool) -> frozenset[UUID]:
        return _insert(messages, accept_late=accept_late)

    def get(self, message_id: UUID) -> Message | None:
        row = read_durable(models.Message.objects.filter(id=message_id))
        return message_from([getattr(row, field) for field in FIELDS.values()], row.conversation_id) if row else None
