"""What is prepared for wrk is what the service takes."""

import base64
import json
from pathlib import Path

from standardwebhooks import Webhook

from benchmarks import preload, requests
from realmate_challenge.webhook_api.entities.events import NewMessage
from realmate_challenge.webhook_api.serializers.events import parse_event

KEY = b'a key of twenty-four byte'


def test_events_are_valid_distinct_and_for_the_given_conversations(tmp_path: Path) -> None:
    conversations = preload.conversation_ids(3)
    requests.write_events(tmp_path / 'requests', conversations, 50, None)

    events = [parse_event(json.loads(line)) for line in (tmp_path / 'requests').read_text().splitlines()]
    messages = [event for event in events if isinstance(event, NewMessage)]

    assert len({message.message.id for message in messages}) == 50
    assert {message.conversation_id for message in messages} <= set(conversations)


def test_signatures_are_verified_by_the_reference_implementation(tmp_path: Path) -> None:
    requests.write_events(tmp_path / 'requests', preload.conversation_ids(1), 2, KEY)
    webhook = Webhook(f'whsec_{base64.b64encode(KEY).decode()}')

    for line in (tmp_path / 'requests').read_text().splitlines():
        identifier, timestamp, signature, body = line.split('\t')
        headers = {'webhook-id': identifier, 'webhook-timestamp': timestamp, 'webhook-signature': signature}
        assert webhook.verify(body, headers) == json.loads(body)


def test_reads_name_each_conversation(tmp_path: Path) -> None:
    conversations = preload.conversation_ids(2)
    requests.write_reads(tmp_path / 'requests', '/conversations/{id}/?page=500', conversations)

    assert (tmp_path / 'requests').read_text().splitlines() == [
        f'/conversations/{conversation}/?page=500' for conversation in conversations
    ]
