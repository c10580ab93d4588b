"""The number of statements for each event and each page. A statement costs about a third of an event."""

from typing import Final
from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.factories import ConversationRowFactory, message_rows
from realmate_challenge.webhook_api.tests.support.payloads import (
    BRIEF,
    CLOSE_CONVERSATION,
    MESSAGE_RECEIVED,
    NEW_CONVERSATION,
    Payload,
    changed,
)
from realmate_challenge.webhook_api.tests.support.readers import key_of, reader

pytestmark = pytest.mark.django_db

COUNT: Final = 5_000
# An event that applies is one write; an opening also reads the held events. Anything else reads the reason.
BUDGET: Final[dict[str, tuple[list[Payload], Payload, int]]] = {
    'opening': ([], NEW_CONVERSATION, 2),
    'opening again': ([NEW_CONVERSATION], NEW_CONVERSATION, 3),
    'message': ([NEW_CONVERSATION], MESSAGE_RECEIVED, 1),
    'message again': (BRIEF, MESSAGE_RECEIVED, 2),
    'late message': ([NEW_CONVERSATION, CLOSE_CONVERSATION], MESSAGE_RECEIVED, 1),
    'close': ([NEW_CONVERSATION], CLOSE_CONVERSATION, 1),
    'close again': (BRIEF, CLOSE_CONVERSATION, 2),
    'invalid event': ([], changed(MESSAGE_RECEIVED, 'data.id', None), 0),
}


@pytest.mark.parametrize(('before', 'event', 'statements'), BUDGET.values(), ids=list(BUDGET))
def test_an_event_stays_within_its_budget(  # noqa: PLR0913, PLR0917 - fixtures and a table
    post_event: PostEvent,
    settings: Settings,
    django_assert_num_queries: DjangoAssertNumQueries,
    before: list[Payload],
    event: Payload,
    statements: int,
) -> None:
    settings.WEBHOOK_ACCEPT_LATE_MESSAGES = True
    for earlier in before:
        post_event(earlier)

    with django_assert_num_queries(statements):
        post_event(event)


def test_held_messages_are_applied_in_groups(
    post_event: PostEvent, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Opening, and the ids of the held events. Then for each 200: read, store, mark as applied."""
    for number in range(401):
        post_event(changed(MESSAGE_RECEIVED, 'data.id', str(UUID(int=number))))

    with django_assert_num_queries(2 + 3 * 3):
        post_event(NEW_CONVERSATION)

    assert models.Message.objects.count() == 401
    assert not models.UnappliedEvent.objects.exclude(status='applied').exists()


def test_a_page_of_a_long_conversation_is_one_statement(
    api_client: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    conversation = ConversationRowFactory.create()
    message_rows(conversation, COUNT)

    for page in (1, 2, COUNT // 20, COUNT // 10):
        for ordering in ('timestamp', '-timestamp'):
            with django_assert_num_queries(1):
                answer = api_client.get(f'/conversations/{conversation.id}/?page={page}&ordering={ordering}')
            assert len(answer.data['messages']) == 10


def test_a_token_costs_three_statements(
    api_client: APIClient, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """One for the token, two for the permissions. The user's other tokens cost nothing."""
    settings.API_REQUIRE_AUTH = True
    conversation = ConversationRowFactory.create()
    user = reader()
    keys = [key_of(user), key_of(user)]

    for key in keys:
        with django_assert_num_queries(4):
            answer = api_client.get(f'/conversations/{conversation.id}/', HTTP_AUTHORIZATION=f'Token {key}')
        assert answer.status_code == 200
