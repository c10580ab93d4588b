"""Digests of events, and the registration of event types."""

from dataclasses import fields, make_dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from realmate_challenge.webhook_api.entities.events import (
    RELEASE_ORDER,
    EventType,
    NewMessage,
    WebhookEvent,
    digest,
)
from realmate_challenge.webhook_api.entities.message import Message, MessageDirection
from realmate_challenge.webhook_api.serializers.events import SERIALIZERS
from realmate_challenge.webhook_api.tests.support.events import CLOSE, MESSAGE, OPEN
from realmate_challenge.webhook_api.tests.support.fakes import Repositories

ROOT = Path(__file__).resolve().parents[5]


@pytest.mark.parametrize(
    ('event', 'expected'),
    [
        (OPEN, '4aba696c334515edf9900c37eada1b900b19eb83a7c463484949662fcd79c9a9'),
        (MESSAGE, 'c88fc8f30f4b610b5e0b470e2995aa1c916b4b57f6ff03df73ef1046aef2556f'),
        (CLOSE, '4d51e6eee057a092cc29eca7791678caf30ea9670f277278873da8c83c3bfca5'),
    ],
    ids=['opening', 'message', 'close'],
)
def test_the_digests_of_stored_events_do_not_change(event: WebhookEvent, expected: str) -> None:
    assert digest(event) == expected


OTHERS = {'id': uuid4(), 'conversation_id': uuid4(), 'direction': MessageDirection.SENT, 'content': 'Oi", "'}


@pytest.mark.parametrize('name', [field.name for field in fields(Message) if field.compare])
def test_every_field_of_a_message_counts(name: str) -> None:
    other: Any = OTHERS.get(name) or MESSAGE.timestamp + timedelta(microseconds=1)
    changed = replace(MESSAGE.message, **{name: other})

    assert changed != MESSAGE.message
    assert digest(NewMessage(message=changed)) != digest(MESSAGE)


def test_the_time_of_arrival_does_not_count() -> None:
    later = replace(MESSAGE.message, received_at=MESSAGE.message.received_at + timedelta(days=1))

    assert digest(NewMessage(message=later)) == digest(MESSAGE)


def test_a_new_optional_field_counts_only_when_it_is_set() -> None:
    extended = make_dataclass('Extended', [('new_field', str, None)], bases=(Message,), frozen=True, kw_only=True)
    known = {field.name: getattr(MESSAGE.message, field.name) for field in fields(Message)}

    assert digest(NewMessage(message=extended(**known))) == digest(MESSAGE)
    assert digest(NewMessage(message=extended(**known, new_field='new'))) != digest(MESSAGE)


@pytest.mark.parametrize('event_type', EventType)
def test_an_event_type_is_registered_everywhere(memory: Repositories, event_type: EventType) -> None:
    """CONTRIBUTING.md lists the places."""
    body = yaml.safe_load((ROOT / 'openapi.yaml').read_text())['paths']['/webhook/']['post']['requestBody']
    handlers = memory.handle_webhook_event().handlers
    examples = body['content']['application/json']['examples'].values()

    assert event_type in RELEASE_ORDER
    assert event_type in SERIALIZERS
    assert event_type in {event.type for event in WebhookEvent.__value__.__args__}
    assert event_type in {event.type for event in handlers}
    assert event_type in {example['value']['type'] for example in examples}
