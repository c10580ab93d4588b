"""Prepared requests are what the service accepts."""

import base64
import json
from pathlib import Path

from standardwebhooks import Webhook

from benchmarks import preload, requests
from realmate_challenge.webhook_api.entities.events import NewMessage
from realmate_challenge.webhook_api.serializers.events import parse_event

KEY = b'a key of twenty-four byte'


def test_events_are_valid_distinct_and_signed(tmp_path: Path) -> None:
    conversations = preload.conversation_ids(3)
    webhook = Webhook(f'whsec_{base64.b64encode(KEY).decode()}')
    requests.write_events(tmp_path / 'requests', conversations, 50, KEY)

    messages = []
    for line in (tmp_path / 'requests').read_text().splitlines():
        identifier, timestamp, signature, body = line.split('\t')
        headers = {'webhook-id': identifier, 'webhook-timestamp': timestamp, 'webhook-signature': signature}
        assert webhook.verify(body, headers) == json.loads(body)
        event = parse_event(json.loads(body))
        assert isinstance(event, NewMessage)
        messages.append(event)

    assert len({message.message.id for message in messages}) == 50
    assert {message.conversation_id for message in messages} <= set(conversations)


def test_reads_name_each_conversation(tmp_path: Path) -> None:
    conversations = preload.conversation_ids(2)
    requests.write_reads(tmp_path / 'requests', '/conversations/{id}/?page=500', conversations)

    assert (tmp_path / 'requests').read_text().splitlines() == [
        f'/conversations/{conversation}/?page=500' for conversation in conversations
    ]
