"""Events with new ids, and their delivery to a service."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from browser_tests.service import Service

START: Final = datetime(2025, 2, 21, 10, 20, 41, tzinfo=UTC)

type Event = dict[str, Any]


def new_conversation(conversation: UUID, at: datetime = START) -> Event:
    return {'type': 'NEW_CONVERSATION', 'timestamp': at.isoformat(), 'data': {'id': str(conversation)}}


def close_conversation(conversation: UUID, at: datetime) -> Event:
    return {'type': 'CLOSE_CONVERSATION', 'timestamp': at.isoformat(), 'data': {'id': str(conversation)}}


def new_message(conversation: UUID, content: str, at: datetime = START, direction: str = 'RECEIVED') -> Event:
    data = {'id': str(uuid4()), 'direction': direction, 'content': content, 'conversation_id': str(conversation)}
    return {'type': 'NEW_MESSAGE', 'timestamp': at.isoformat(), 'data': data}


def create_conversation(service: Service, *contents: str) -> UUID:
    """Create a conversation. Customer and company write in turn, a minute apart."""
    conversation = uuid4()
    events = [new_conversation(conversation)]
    for number, content in enumerate(contents, 1):
        direction = 'RECEIVED' if number % 2 else 'SENT'
        events.append(new_message(conversation, content, START + timedelta(minutes=number), direction))
    assert {service.post(event) for event in events} == {204}
    return conversation


def insert_conversation(service: Service, conversation: UUID) -> None:
    """Insert a conversation without an event, because an event would release the held events."""
    service.manage(
        'shell',
        '--command',
        'from realmate_challenge.webhook_api.models import Conversation\n'
        f"Conversation.objects.create(id='{conversation}', status='OPEN', opened_at='{START.isoformat()}')",
    )
