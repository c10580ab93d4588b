"""`uvicorn benchmarks.peers.fastapi_sqlalchemy.app:app`; `DATABASE_URL` names a database with `schema.sql`."""

import os
from collections.abc import AsyncIterator
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Query, Request, status
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from benchmarks.peers.fastapi_sqlalchemy.schemas import (
    CloseConversation,
    ConversationOut,
    ConversationPage,
    ConversationRow,
    Event,
    MessageOut,
    NewConversation,
    NewMessage,
)
from benchmarks.peers.fastapi_sqlalchemy.tables import Conversation, Message

ADDRESS: Final = os.environ['DATABASE_URL'].partition('://')[2]
engine: Final = create_async_engine(f'postgresql+asyncpg://{ADDRESS}', pool_size=8)
open_session: Final = async_sessionmaker(engine, expire_on_commit=False)


async def session() -> AsyncIterator[AsyncSession]:
    async with open_session() as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]
Page = Annotated[int, Query(ge=1)]
PageSize = Annotated[int, Query(ge=1, le=100)]
app: Final = FastAPI()


@app.post('/webhook/', status_code=status.HTTP_204_NO_CONTENT)
async def webhook(event: Event, db: Session) -> None:
    match event:
        case NewConversation():
            db.add(Conversation(id=event.data.id, status='OPEN', opened_at=event.timestamp))
        case NewMessage():
            # Shared: messages of one conversation need not wait for one another, only for a close.
            await open_conversation(db, event.data.conversation_id, shared=True)
            db.add(Message(**event.data.model_dump(), external_timestamp=event.timestamp))
        case CloseConversation():
            conversation = await open_conversation(db, event.data.id, shared=False)
            conversation.status, conversation.closed_at = 'CLOSED', event.timestamp
    try:
        await db.commit()
    except IntegrityError as error:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, 'It exists already.') from error


async def open_conversation(db: AsyncSession, conversation_id: UUID, *, shared: bool) -> Conversation:
    conversation = await db.get(Conversation, conversation_id, with_for_update={'read': shared})
    if conversation is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, 'No such conversation.')
    if conversation.status == 'CLOSED':
        raise HTTPException(status.HTTP_400_BAD_REQUEST, 'The conversation is closed.')
    return conversation


def links(request: Request, page: int, page_size: int, count: int) -> dict[str, str | None]:
    following = str(request.url.include_query_params(page=page + 1)) if page * page_size < count else None
    preceding = str(request.url.include_query_params(page=page - 1)) if page > 1 else None
    return {'next': following, 'previous': preceding}


@app.get('/conversations/{conversation_id}/')
async def read_conversation(
    request: Request, conversation_id: UUID, db: Session, page: Page = 1, page_size: PageSize = 10
) -> ConversationOut:
    conversation = await db.get(Conversation, conversation_id)
    if conversation is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, 'No such conversation.')
    mine = Message.conversation_id == conversation_id
    count = await db.scalar(select(func.count()).select_from(Message).where(mine)) or 0
    ordered = select(Message).where(mine).order_by(Message.external_timestamp, Message.id)
    messages = await db.scalars(ordered.limit(page_size).offset((page - 1) * page_size))
    return ConversationOut(
        id=conversation.id,
        status=conversation.status,
        opened_at=conversation.opened_at,
        closed_at=conversation.closed_at,
        count=count,
        **links(request, page, page_size, count),
        messages=[
            MessageOut(id=row.id, direction=row.direction, content=row.content, timestamp=row.external_timestamp)
            for row in messages
        ],
    )


@app.get('/conversations/')
async def list_conversations(
    request: Request, db: Session, page: Page = 1, page_size: PageSize = 10
) -> ConversationPage:
    count = await db.scalar(select(func.count()).select_from(Conversation)) or 0
    mine = Message.conversation_id == Conversation.id
    message_count = select(func.count()).where(mine).scalar_subquery().label('message_count')
    last = select(func.max(Message.external_timestamp)).where(mine).scalar_subquery().label('last_message_at')
    newest_first = select(Conversation, message_count, last).order_by(
        Conversation.opened_at.desc(), Conversation.id.desc()
    )
    rows = await db.execute(newest_first.limit(page_size).offset((page - 1) * page_size))
    results = [
        ConversationRow(
            id=row.id,
            status=row.status,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            message_count=messages,
            last_message_at=last_message_at,
        )
        for row, messages, last_message_at in rows
    ]
    return ConversationPage(count=count, **links(request, page, page_size, count), results=results)
