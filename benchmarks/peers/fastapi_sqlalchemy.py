"""A peer: FastAPI, Pydantic and SQLAlchemy 2 (async) on asyncpg, in their usual style.

`uvicorn benchmarks.peers.fastapi_sqlalchemy:app`; `DATABASE_URL` names a database with `schema.sql`.
"""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Query, Request, status
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import DateTime, FetchedValue, ForeignKey, String, Text, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012 - SQLAlchemy's own name


class Conversation(Base):
    __tablename__ = 'conversation'

    id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(6))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Message(Base):
    __tablename__ = 'message'

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey(Conversation.id))
    direction: Mapped[str] = mapped_column(String(8))
    content: Mapped[str] = mapped_column(Text)
    external_timestamp: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=FetchedValue())


def in_utc(value: object) -> object:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


type Instant = Annotated[AwareDatetime, BeforeValidator(in_utc)]


class ConversationData(BaseModel):
    id: UUID


class MessageData(BaseModel):
    id: UUID
    direction: Literal['SENT', 'RECEIVED']
    content: Annotated[str, Field(min_length=1, max_length=65_536)]
    conversation_id: UUID


class NewConversation(BaseModel):
    type: Literal['NEW_CONVERSATION']
    timestamp: Instant
    data: ConversationData


class NewMessage(BaseModel):
    type: Literal['NEW_MESSAGE']
    timestamp: Instant
    data: MessageData


class CloseConversation(BaseModel):
    type: Literal['CLOSE_CONVERSATION']
    timestamp: Instant
    data: ConversationData


Event = Annotated[NewConversation | NewMessage | CloseConversation, Field(discriminator='type')]


class MessageOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    direction: str
    content: str
    timestamp: Annotated[datetime, Field(validation_alias='external_timestamp')]


class ConversationOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    status: str
    opened_at: datetime
    closed_at: datetime | None


class Page(BaseModel):
    count: int
    next: str | None
    previous: str | None


class Detail(ConversationOut, Page):
    messages: list[MessageOut]


class Row(ConversationOut):
    message_count: int
    last_message_at: datetime | None


class Rows(Page):
    results: list[Row]


ADDRESS: Final = os.environ['DATABASE_URL'].partition('://')[2]
engine: Final = create_async_engine(f'postgresql+asyncpg://{ADDRESS}', pool_size=8)
open_session: Final = async_sessionmaker(engine, expire_on_commit=False)


async def session() -> AsyncIterator[AsyncSession]:
    async with open_session() as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]
Number = Annotated[int, Query(ge=1)]
Size = Annotated[int, Query(ge=1, le=100)]
app: Final = FastAPI()


@app.post('/webhook/', status_code=status.HTTP_204_NO_CONTENT)
async def webhook(event: Event, db: Session) -> None:
    match event:
        case NewConversation():
            db.add(Conversation(id=event.data.id, status='OPEN', opened_at=event.timestamp))
        case NewMessage():
            # A shared lock: messages wait for a close, but not for each other.
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


def page_of(request: Request, page: int, page_size: int, count: int) -> dict[str, int | str | None]:
    following = str(request.url.include_query_params(page=page + 1)) if page * page_size < count else None
    preceding = str(request.url.include_query_params(page=page - 1)) if page > 1 else None
    return {'count': count, 'next': following, 'previous': preceding}


@app.get('/conversations/{conversation_id}/')
async def read_conversation(
    request: Request, conversation_id: UUID, db: Session, page: Number = 1, page_size: Size = 10
) -> Detail:
    conversation = await db.get(Conversation, conversation_id)
    if conversation is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, 'No such conversation.')
    mine = Message.conversation_id == conversation_id
    count = await db.scalar(select(func.count()).select_from(Message).where(mine)) or 0
    ordered = select(Message).where(mine).order_by(Message.external_timestamp, Message.id)
    messages = await db.scalars(ordered.limit(page_size).offset((page - 1) * page_size))
    return Detail(
        **dict(ConversationOut.model_validate(conversation)),
        **page_of(request, page, page_size, count),
        messages=[MessageOut.model_validate(message) for message in messages],
    )


@app.get('/conversations/')
async def list_conversations(request: Request, db: Session, page: Number = 1, page_size: Size = 10) -> Rows:
    count = await db.scalar(select(func.count()).select_from(Conversation)) or 0
    mine = Message.conversation_id == Conversation.id
    message_count = select(func.count()).where(mine).scalar_subquery()
    last = select(func.max(Message.external_timestamp)).where(mine).scalar_subquery()
    newest_first = select(Conversation, message_count, last).order_by(
        Conversation.opened_at.desc(), Conversation.id.desc()
    )
    rows = await db.execute(newest_first.limit(page_size).offset((page - 1) * page_size))
    results = [
        Row(**dict(ConversationOut.model_validate(row)), message_count=messages, last_message_at=last_message_at)
        for row, messages, last_message_at in rows
    ]
    return Rows(**page_of(request, page, page_size, count), results=results)
