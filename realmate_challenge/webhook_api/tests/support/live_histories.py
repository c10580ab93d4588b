"""Conversations to send to a live server, and the check that all of them are stored."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION, Payload

MESSAGES_EACH: Final = 48
EPOCH: Final = datetime.fromisoformat(NEW_CONVERSATION['timestamp'])


@dataclass(frozen=True, slots=True)
class History:
    """One conversation. Its close is apart, because messages after a close are refused."""

    opening: Payload
    messages: list[Payload]
    closing: Payload


def histories(events: int) -> list[History]:
    """Return conversations with at least this number of events."""
    return [_history(str(uuid4())) for _ in range(-(-events // (MESSAGES_EACH + 2)))]


def _history(conversation_id: str) -> History:
    def event(kind: str, second: int, **data: str) -> Payload:
        return {'type': kind, 'timestamp': (EPOCH + timedelta(seconds=second)).isoformat(), 'data': data}

    def message(number: int) -> Payload:
        data = {'id': str(uuid4()), 'direction': ('RECEIVED', 'SENT')[number % 2], 'content': f'nº {number} 👋'}
        return event('NEW_MESSAGE', number + 1, conversation_id=conversation_id, **data)

    messages = [message(number) for number in range(MESSAGES_EACH)]
    last = MESSAGES_EACH + 1
    return History(
        event('NEW_CONVERSATION', 0, id=conversation_id),
        messages,
        event('CLOSE_CONVERSATION', last, id=conversation_id),
    )


def disordered(sent: Iterable[History], chance: random.Random) -> list[Payload]:
    """Interleave conversations, some messages before their opening and some events twice."""
    placed: list[tuple[float, Payload]] = []
    for number, history in enumerate(sent):
        start = number * MESSAGES_EACH / 4
        placed.append((start + (MESSAGES_EACH / 3 if number % 3 == 0 else -2), history.opening))
        placed += [(start + place + chance.uniform(0, 3), event) for place, event in enumerate(history.messages)]
        placed.append((start + MESSAGES_EACH, chance.choice(history.messages)))
    return [event for _, event in sorted(placed, key=lambda pair: pair[0])]


def assert_all_is_stored(database: Database, sent: Iterable[History]) -> None:
    """Assert that everything sent is stored once, nothing else is, and the stored counts are right."""
    messages = [(UUID(event['data']['id']), event['data']['content']) for one in sent for event in one.messages]
    conversations = [UUID(one.opening['data']['id']) for one in sent]
    stored = database.query('SELECT id, content FROM webhook_api_message')
    assert sorted((UUID(str(row[0])), row[1]) for row in stored) == sorted(messages)
    closed = database.query("SELECT id FROM webhook_api_conversation WHERE status = 'CLOSED'")
    assert sorted(UUID(str(row[0])) for row in closed) == sorted(conversations)
    counted = database.query('SELECT conversation_id, SUM(messages) FROM webhook_api_messagecount GROUP BY 1')
    assert {UUID(str(row[0])): int(row[1]) for row in counted} == dict.fromkeys(conversations, MESSAGES_EACH)
