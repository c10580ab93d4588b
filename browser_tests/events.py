"""What the platform sends, made for one test: ids are new each time."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from browser_tests.service import Service

START: Final = datetime(2025, 2, 21, 10, 20, 41, tzinfo=UTC)

# The answers to what is kept.
HELD, REFUSED = 404, 400

type Event = dict[str, Any]


def opened(conversation: UUID, at: datetime = START) -> Event:
    return {'type': 'NEW_CONVERSATION', 'timestamp': at.isoformat(), 'data': {'id': str(conversation)}}


def closed(conversation: UUID, at: datetime) -> Event:
    return {'type': 'CLOSE_CONVERSATION', 'timestamp': at.isoformat(), 'data': {'id': str(conversation)}}


def message(conversation: UUID, content: str, at: datetime = START, direction: str = 'RECEIVED') -> Event:
    data = {'id': str(uuid4()), 'direction': direction, 'content': content, 'conversation_id': str(conversation)}
    return {'type': 'NEW_MESSAGE', 'timestamp': at.isoformat(), 'data': data}


def dialogue(conversation: UUID, contents: Sequence[str]) -> Iterator[Event]:
    """Customer and company in turn, a minute apart."""
    yield opened(conversation)
    for number, content in enumerate(contents, 1):
        at = START + timedelta(minutes=number)
        yield message(conversation, content, at, direction='RECEIVED' if number % 2 else 'SENT')


def told(service: Service, *contents: str) -> UUID:
    """A new conversation that the service knows of."""
    conversation = uuid4()
    assert {service.post(event) for event in dialogue(conversation, contents)} == {204}
    return conversation


def hold(service: Service) -> Event:
    """A message that is kept, for its conversation is not known."""
    event = message(uuid4(), 'Olá, <b>tudo</b> bem? 👋')
    assert service.post(event) == HELD
    return event


def open_unseen(service: Service, conversation: UUID) -> None:
    """Behind the service's back, which would apply what is held."""
    service.manage(
        'shell',
        '--command',
        'from realmate_challenge.webhook_api.models import Conversation\n'
        f"Conversation.objects.create(id='{conversation}', status='OPEN', opened_at='{START.isoformat()}')",
    )
