"""Write requests in the format that `load.lua` describes."""

import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from benchmarks.preload import CONTENT


def write_reads(file: Path, path: str, conversations: Sequence[UUID]) -> None:
    file.write_text(''.join(f'{path.format(id=conversation)}\n' for conversation in conversations))


def write_events(file: Path, conversations: Sequence[UUID], count: int, key: bytes | None) -> None:
    """Write new messages with timestamps from now on. With a key they are signed, which is valid for five minutes."""
    now = datetime.now(UTC)
    with file.open('w', encoding='utf-8') as lines:
        for number in range(count):
            body = message(random.choice(conversations), now + timedelta(milliseconds=number))
            lines.write(f'{signature(key, str(number), body)}{body}\n' if key else f'{body}\n')


def message(conversation: UUID, sent: datetime) -> str:
    """Return the JSON of a `NEW_MESSAGE` event with a new id."""
    data = {'id': str(uuid4()), 'direction': 'RECEIVED', 'content': CONTENT, 'conversation_id': str(conversation)}
    event = {'type': 'NEW_MESSAGE', 'timestamp': sent.isoformat(), 'data': data}
    return json.dumps(event, ensure_ascii=False, separators=(',', ':'))


def signature(key: bytes, identifier: str, body: str) -> str:
    """Return the three headers of Standard Webhooks, each followed by a tab."""
    timestamp = int(time.time())
    digest = hmac.digest(key, f'{identifier}.{timestamp}.{body}'.encode(), hashlib.sha256)
    return f'{identifier}\t{timestamp}\tv1,{base64.b64encode(digest).decode()}\t'
