"""The events of the brief, and copies, disorder and refusals, through the API."""

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


def post_all(post_event: PostEvent, events: list[Payload]) -> list[int]:
    return [post_event(event).status_code for event in events]


@pytest.mark.parametrize('path', ['/webhook/', '/webhook'])
@pytest.mark.parametrize('accept', ['*/*', 'text/html', ''])
def test_the_events_of_the_brief(
    api_client: APIClient, read_conversation: ReadConversation, path: str, accept: str
) -> None:
    for event in BRIEF:
        answer = api_client.post(path, event, HTTP_ACCEPT=accept)
        assert (answer.status_code, answer.content) == (204, b'')

    assert read_conversation() == STORY


def test_redelivered_events_change_nothing(post_event: PostEvent, read_conversation: ReadConversation) -> None:
    assert post_all(post_event, BRIEF * 2) == [204] * 8

    assert read_conversation() == STORY
    assert models.UnappliedEvent.objects.count() == 0


@pytest.mark.parametrize('order', list(permutations(range(4))), ids=str)
def test_any_order_ends_alike_if_late_messages_are_accepted(
    post_event: PostEvent, read_conversation: ReadConversation, settings: Settings, order: tuple[int, ...]
) -> None:
    settings.WEBHOOK_ACCEPT_LATE_MESSAGES = True
    events = [BRIEF[number] for number in order]

    post_all(post_event, events)

    assert read_conversation() == STORY
    assert post_all(post_event, events) == [204] * 4
    assert read_conversation() == STORY


def test_the_same_instant_may_be_written_in_several_ways(
    post_event: PostEvent, read_conversation: ReadConversation
) -> None:
    spellings = ['2025-02-21T10:20:42.349308Z', '2025-02-21T07:20:42.349308-03:00', '20250221 102042,349308']
    events = [changed(MESSAGE_RECEIVED, 'timestamp', spelling) for spelling in spellings]

    assert post_all(post_event, [NEW_CONVERSATION, MESSAGE_RECEIVED, *events]) == [204] * 5
    assert read_conversation()['count'] == 1


def test_a_refused_event_is_kept_and_changes_nothing(
    post_event: PostEvent, read_conversation: ReadConversation
) -> None:
    post_all(post_event, BRIEF)

    for _ in range(2):
        answer = post_event(changed(MESSAGE_SENT, 'data.content', 'Tudo ótimo e você? '))
        assert error_of(answer) == (400, 'MESSAGE_ALREADY_EXISTS')

    assert read_conversation() == STORY
    kept = models.UnappliedEvent.objects.get()
    assert (kept.status, kept.reason, kept.deliveries) == ('refused', 'MESSAGE_ALREADY_EXISTS', 2)


@pytest.mark.parametrize('event', [MESSAGE_RECEIVED, CLOSE_CONVERSATION], ids=['message', 'close'])
def test_an_event_of_an_unknown_conversation_is_held_until_it_opens(
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
