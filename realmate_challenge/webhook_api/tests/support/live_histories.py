"""What a platform has to say of its conversations, in order or not, and whether all of it has arrived."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, final
from uuid import UUID, uuid4

from realmate_challenge.webhook_api.tests.support.databases import Database, stored
from realmate_challenge.webhook_api.tests.support.payloads import Payload

MESSAGES_EACH: Final = 48
EPOCH: Final = datetime(2025, 2, 21, 10, 20, 41, 349308, tzinfo=UTC)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One conversation. Closing it stands apart, for messages that come later are refused."""

    opening: Payload
    messages: tuple[Payload, ...]
    closing: Payload


def histories(events: int) -> list[History]:
    """So many events, or a few more."""
    return [_history() for _ in range(-(-events // (MESSAGES_EACH + 2)))]


def _history() -> History:
    conversation_id = str(uuid4())
    return History(
        opening=_event('NEW_CONVERSATION', 0, {'id': conversation_id}),
        messages=tuple(_message(conversation_id, number) for number in range(MESSAGES_EACH)),
        closing=_event('CLOSE_CONVERSATION', MESSAGES_EACH + 1, {'id': conversation_id}),
    )


def _message(conversation_id: str, number: int) -> Payload:
    direction = ('RECEIVED', 'SENT')[number % 2]
    data = {
        'id': str(uuid4()),
        'direction': direction,
        'content': f'nº {number} 👋',
        'conversation_id': conversation_id,
    }
    return _event('NEW_MESSAGE', number + 1, data)


def _event(kind: str, second: int, data: dict[str, str]) -> Payload:
    return {'type': kind, 'timestamp': (EPOCH + timedelta(seconds=second)).isoformat(), 'data': data}


def disordered(all_of_them: Iterable[History], chance: random.Random) -> list[Payload]:
    """Conversations side by side. In each third one, many messages come before the opening; neighbours change places.

    Some events are there twice.
    """
    placed: list[tuple[float, Payload]] = []
    for number, history in enumerate(all_of_them):
        start = number * MESSAGES_EACH / 4
        placed.append((start + (MESSAGES_EACH / 3 if number % 3 == 0 else -2), history.opening))
        placed += [(start + place + chance.uniform(0, 3), event) for place, event in enumerate(history.messages)]
        placed.append((start + MESSAGES_EACH, chance.choice(history.messages)))
    return [event for _, event in sorted(placed, key=lambda pair: pair[0])]


def assert_all_is_there(database: Database, all_of_them: Iterable[History]) -> None:
    """Everything that was sent is stored exactly once, nothing else is, and the kept counts are right."""
    sent = [event for history in all_of_them for event in history.messages]
    rows = database.query('SELECT id, content FROM webhook_api_message')
    assert len(rows) == len(sent)
    assert stored(rows) == {UUID(event['data']['id']) for event in sent}
    assert sorted(row[1] for row in rows) == sorted(event['data']['content'] for event in sent)
    opened = database.query("SELECT id FROM webhook_api_conversation WHERE status = 'CLOSED'")
    assert stored(opened) == {UUID(history.opening['data']['id']) for history in all_of_them}
    counted = database.query('SELECT conversation_id, SUM(messages) FROM webhook_api_messagecount GROUP BY 1')
    assert stored(counted) == stored(opened)
    assert {int(messages) for _, messages in counted} == {MESSAGES_EACH}
