"""The story of the brief, and the event table of the wire contract, through the API."""

from dataclasses import dataclass
from itertools import permutations

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.integration_tests.conftest import ReadConversation
from realmate_challenge.webhook_api.tests.support.envelope import error_of
from realmate_challenge.webhook_api.tests.support.payloads import (
    BRIEF,
    CLOSE_CONVERSATION,
    CONVERSATION_ID,
    MESSAGE_RECEIVED,
    MESSAGE_SENT,
    NEW_CONVERSATION,
    Payload,
    changed,
)

pytestmark = pytest.mark.django_db

STORY = {
    'id': CONVERSATION_ID,
    'status': 'CLOSED',
    'opened_at': '2025-02-21T10:20:41.349308Z',
    'closed_at': '2025-02-21T10:20:45.349308Z',
    'count': 2,
    'next': None,
    'previous': None,
    'messages': [
        {
            'id': '49108c71-4dca-4af3-9f32-61bc745926e2',
            'direction': 'RECEIVED',
            'content': 'Olá, tudo bem?',
            'timestamp': '2025-02-21T10:20:42.349308Z',
        },
        {
            'id': '16b63b04-60de-4257-b1a1-20a5154abc6d',
            'direction': 'SENT',
            'content': 'Tudo ótimo e você?',
            'timestamp': '2025-02-21T10:20:44.349308Z',
        },
    ],
}
OTHER_ID = '00000000-0000-4000-8000-000000000000'
LATER = '2025-02-21T10:20:46'


def post_all(post_event: PostEvent, events: list[Payload]) -> list[int]:
    return [post_event(event).status_code for event in events]


@pytest.mark.parametrize('path', ['/webhook/', '/webhook'])
def test_the_story_of_the_brief(api_client: APIClient, read_conversation: ReadConversation, path: str) -> None:
    for event in BRIEF:
        answer = api_client.post(path, event)
        assert (answer.status_code, answer.content) == (204, b'')

    assert read_conversation() == STORY


def test_the_story_told_twice_is_the_story(post_event: PostEvent, read_conversation: ReadConversation) -> None:
    assert post_all(post_event, BRIEF * 2) == [204] * 8

    assert read_conversation() == STORY
    assert models.UnappliedEvent.objects.count() == 0


def test_before_it_is_closed_it_is_open(post_event: PostEvent, read_conversation: ReadConversation) -> None:
    post_all(post_event, BRIEF[:2])

    conversation = read_conversation()
    assert (conversation['status'], conversation['closed_at'], conversation['count']) == ('OPEN', None, 1)


@pytest.mark.parametrize('order', list(permutations(range(4))), ids=str)
def test_a_sender_that_retries_needs_no_order_if_late_messages_count(
    post_event: PostEvent, read_conversation: ReadConversation, settings: Settings, order: tuple[int, ...]
) -> None:
    settings.WEBHOOK_ACCEPT_LATE_MESSAGES = True
    events = [BRIEF[number] for number in order]

    post_all(post_event, events)

    assert read_conversation() == STORY
    assert post_all(post_event, events) == [204] * 4
    assert read_conversation() == STORY


SPELLINGS = [
    '2025-02-21T10:20:42.349308Z',
    '2025-02-21T10:20:42.349308+00:00',
    '2025-02-21T07:20:42.349308-03:00',
    '2025-02-21 10:20:42.349308',
    '2025-02-22T00:20:42.349308+14:00',
    '20250221T102042.349308Z',
    '2025-W08-5T10:20:42.349308',
    '2025-02-21T10:20:42,349308Z',
]


@pytest.mark.parametrize('spelling', SPELLINGS)
@pytest.mark.usefixtures('conversation_is_open')
def test_the_same_instant_is_the_same_however_it_is_spelled(
    post_event: PostEvent, read_conversation: ReadConversation, spelling: str
) -> None:
    assert post_event(MESSAGE_RECEIVED).status_code == 204
    assert post_event(changed(MESSAGE_RECEIVED, 'timestamp', spelling)).status_code == 204

    assert read_conversation()['count'] == 1


def test_the_same_id_is_the_same_however_it_is_spelled(
    post_event: PostEvent, read_conversation: ReadConversation
) -> None:
    shouted = changed(NEW_CONVERSATION, 'data.id', CONVERSATION_ID.upper())
    bare = changed(NEW_CONVERSATION, 'data.id', CONVERSATION_ID.replace('-', ''))

    assert post_all(post_event, [NEW_CONVERSATION, shouted, bare]) == [204] * 3
    assert read_conversation(CONVERSATION_ID.upper())['id'] == CONVERSATION_ID
    assert models.Conversation.objects.count() == 1


@dataclass(frozen=True)
class Refusal:
    event: Payload
    code: str


REFUSALS = {
    'opened at another time': Refusal(changed(NEW_CONVERSATION, 'timestamp', LATER), 'CONVERSATION_ALREADY_EXISTS'),
    'closed at another time': Refusal(changed(CLOSE_CONVERSATION, 'timestamp', LATER), 'CONVERSATION_CLOSED'),
    'message after the close': Refusal(changed(MESSAGE_SENT, 'data.id', OTHER_ID), 'CONVERSATION_CLOSED'),
    'other content': Refusal(changed(MESSAGE_SENT, 'data.content', 'Tudo!'), 'MESSAGE_ALREADY_EXISTS'),
    'other case': Refusal(changed(MESSAGE_SENT, 'data.content', 'TUDO ÓTIMO E VOCÊ?'), 'MESSAGE_ALREADY_EXISTS'),
    'more space': Refusal(changed(MESSAGE_SENT, 'data.content', 'Tudo ótimo e você? '), 'MESSAGE_ALREADY_EXISTS'),
    'other direction': Refusal(changed(MESSAGE_SENT, 'data.direction', 'RECEIVED'), 'MESSAGE_ALREADY_EXISTS'),
    'other timestamp': Refusal(changed(MESSAGE_SENT, 'timestamp', LATER), 'MESSAGE_ALREADY_EXISTS'),
    'other conversation': Refusal(changed(MESSAGE_SENT, 'data.conversation_id', OTHER_ID), 'MESSAGE_ALREADY_EXISTS'),
}


@pytest.mark.parametrize('refusal', REFUSALS.values(), ids=REFUSALS.keys())
def test_what_the_rules_refuse_changes_nothing(
    post_event: PostEvent, read_conversation: ReadConversation, refusal: Refusal
) -> None:
    post_all(post_event, BRIEF)

    for _ in range(2):
        assert error_of(post_event(refusal.event)) == (400, refusal.code)

    assert read_conversation() == STORY
    kept = models.UnappliedEvent.objects.get()
    assert (kept.status, kept.reason, kept.deliveries) == ('refused', refusal.code, 2)


@pytest.mark.parametrize('event', [MESSAGE_RECEIVED, CLOSE_CONVERSATION], ids=['message', 'close'])
def test_without_its_conversation_an_event_is_not_found_and_held(
    post_event: PostEvent, api_client: APIClient, event: Payload
) -> None:
    for _ in range(2):
        assert error_of(post_event(event)) == (404, 'CONVERSATION_NOT_FOUND')

    assert error_of(api_client.get(f'/conversations/{CONVERSATION_ID}/')) == (404, 'CONVERSATION_NOT_FOUND')
    kept = models.UnappliedEvent.objects.get()
    assert (kept.status, kept.deliveries) == ('held', 2)
    assert post_event(NEW_CONVERSATION).status_code == 204
    kept.refresh_from_db()
    assert kept.status == 'applied'
    assert post_event(event).status_code == 204


def test_a_message_may_be_older_than_its_conversation(
    post_event: PostEvent, read_conversation: ReadConversation
) -> None:
    """The platform's clocks are its own: only the order of what happened to us is ruled on."""
    early = changed(MESSAGE_RECEIVED, 'timestamp', '1999-12-31T23:59:59')

    assert post_all(post_event, [NEW_CONVERSATION, early]) == [204, 204]
    assert read_conversation()['messages'][0]['timestamp'] == '1999-12-31T23:59:59Z'


def test_unknown_keys_are_ignored(post_event: PostEvent, read_conversation: ReadConversation) -> None:
    events = [
        changed(changed(changed(event, 'data.surplus', [1, {'x': None}]), 'surplus', {}), 'status', 'CLOSED')
        for event in BRIEF
    ]

    assert post_all(post_event, events) == [204] * 4
    assert post_all(post_event, BRIEF) == [204] * 4
    assert read_conversation() == STORY
