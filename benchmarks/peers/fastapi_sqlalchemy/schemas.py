"""JSON in, JSON out."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field


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
    id: UUID
    direction: str
    content: str
    timestamp: datetime


class ConversationOut(BaseModel):
    id: UUID
    status: str
    opened_at: datetime
    closed_at: datetime | None
    count: int
    next: str | None
    previous: str | None
    messages: list[MessageOut]


class ConversationRow(BaseModel):
    id: UUID
    status: str
    opened_at: datetime
    closed_at: datetime | None
    message_count: int
    last_message_at: datetime | None


class ConversationPage(BaseModel):
    count: int
    next: str | None
    previous: str | None
    results: list[ConversationRow]
