"""The limit: little Python on Granian's RSGI, msgspec and asyncpg, with one statement for each event and no layers.

`granian benchmarks.peers.frameworkless:app --interface rsgi`; `DATABASE_URL` names a database with `schema.sql`.
"""

import asyncio
import os
from datetime import UTC, datetime
from typing import Any, Final, Literal
from urllib.parse import parse_qsl
from uuid import UUID

import asyncpg
import msgspec


class ConversationData(msgspec.Struct):
    id: UUID


class MessageData(msgspec.Struct):
    id: UUID
    direction: Literal['SENT', 'RECEIVED']
    content: str
    conversation_id: UUID


class NewConversation(msgspec.Struct, tag_field='type', tag='NEW_CONVERSATION'):
    timestamp: datetime
    data: ConversationData


class NewMessage(msgspec.Struct, tag_field='type', tag='NEW_MESSAGE'):
    timestamp: datetime
    data: MessageData


class CloseConversation(msgspec.Struct, tag_field='type', tag='CLOSE_CONVERSATION'):
    timestamp: datetime
    data: ConversationData


Event = NewConversation | NewMessage | CloseConversation
decode: Final = msgspec.json.Decoder(Event).decode
encode: Final = msgspec.json.Encoder().encode
JSON: Final = [('content-type', 'application/json')]

OPEN: Final = "INSERT INTO conversation (id, status, opened_at) VALUES ($1, 'OPEN', $2)"
CLOSE: Final = "UPDATE conversation SET status = 'CLOSED', closed_at = $2 WHERE id = $1 AND status = 'OPEN'"
STORE: Final = """
    INSERT INTO message (id, conversation_id, direction, content, external_timestamp)
    SELECT $1, id, $3, $4, $5 FROM conversation WHERE id = $2 AND status = 'OPEN' FOR SHARE
"""
DETAIL: Final = """
    SELECT id, status, opened_at, closed_at, (SELECT count(*) FROM message WHERE conversation_id = $1) AS count
    FROM conversation WHERE id = $1
"""
MESSAGES: Final = """
    SELECT id, direction, content, external_timestamp AS timestamp FROM message
    WHERE conversation_id = $1 ORDER BY external_timestamp, id LIMIT $2 OFFSET $3
"""
LIST: Final = """
    SELECT c.*, m.message_count, m.last_message_at FROM
    (SELECT * FROM conversation ORDER BY opened_at DESC, id DESC LIMIT $1 OFFSET $2) c,
    LATERAL (SELECT count(*) AS message_count, max(external_timestamp) AS last_message_at
             FROM message WHERE conversation_id = c.id) m
    ORDER BY opened_at DESC, id DESC
"""
COUNT: Final = 'SELECT count(*) FROM conversation'


def in_utc(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


class Application:
    """The methods that granian calls."""

    pool: asyncpg.Pool

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_until_complete(self._connect())

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:  # noqa: ANN401 - granian has no types
        if scope.method == 'POST':
            await self._store(protocol)
        else:
            await self._read(scope, protocol)

    async def _connect(self) -> None:
        self.pool = await asyncpg.create_pool(os.environ['DATABASE_URL'], min_size=4, max_size=8)

    async def _store(self, protocol: Any) -> None:  # noqa: ANN401 - granian has no types
        try:
            done = await self._apply(decode(await protocol()))
        except (msgspec.DecodeError, asyncpg.UniqueViolationError) as error:
            protocol.response_str(400, [], str(error))
            return
        if done.endswith(' 1'):
            protocol.response_empty(204, [])
        else:
            protocol.response_str(400, [], 'closed or unknown')

    async def _apply(self, event: Event) -> str:
        """Return the status of PostgreSQL, such as `INSERT 0 1`."""
        data, instant = event.data, in_utc(event.timestamp)
        if isinstance(data, MessageData):
            return await self.pool.execute(STORE, data.id, data.conversation_id, data.direction, data.content, instant)
        return await self.pool.execute(OPEN if isinstance(event, NewConversation) else CLOSE, data.id, instant)

    async def _read(self, scope: Any, protocol: Any) -> None:  # noqa: ANN401 - granian has no types
        query = dict(parse_qsl(scope.query_string))
        page, size = int(query.get('page', 1)), int(query.get('page_size', 10))
        identifier = scope.path.split('/')[2]
        found = await (self._detail(UUID(identifier), page, size) if identifier else self._list(page, size))
        if found is None:
            protocol.response_str(404, [], '{}')
            return
        base = f'{scope.scheme}://{scope.authority or scope.headers.get("host")}{scope.path}?page_size={size}&page='
        found['next'] = f'{base}{page + 1}' if page * size < found['count'] else None
        found['previous'] = f'{base}{page - 1}' if page > 1 else None
        protocol.response_bytes(200, JSON, encode(found))

    async def _detail(self, identifier: UUID, page: int, size: int) -> dict[str, Any] | None:
        async with self.pool.acquire() as connection:
            conversation = await connection.fetchrow(DETAIL, identifier)
            if conversation is None:
                return None
            messages = await connection.fetch(MESSAGES, identifier, size, (page - 1) * size)
        return {**conversation, 'messages': [dict(message) for message in messages]}

    async def _list(self, page: int, size: int) -> dict[str, Any]:
        async with self.pool.acquire() as connection:
            count = await connection.fetchval(COUNT)
            rows = await connection.fetch(LIST, size, (page - 1) * size)
        return {'count': count, 'results': [dict(row) for row in rows]}


app: Final = Application()
