"""What requests cost the database: pinned, so that a change shows."""

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
    changed,
)
from realmate_challenge.webhook_api.tests.support.readers import key_of, reader

pytestmark = pytest.mark.django_db

COUNT = 5_000
LAST_PAGE = COUNT // 10


@pytest.fixture
def long_conversation() -> models.Conversation:
    conversation: models.Conversation = ConversationRowFactory.create()
    message_rows(conversation, COUNT)
    return conversation


@pytest.mark.usefixtures('conversation_is_open')
def test_a_new_message_is_one_statement(
    post_event: PostEvent, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1) as captured:
        assert post_event(MESSAGE_RECEIVED).status_code == 204

    assert captured.captured_queries[0]['sql'].startswith('INSERT INTO "webhook_api_message"')


@pytest.mark.usefixtures('conversation_is_open')
def test_the_hundredth_message_costs_what_the_first_did(
    post_event: PostEvent, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    message_rows(models.Conversation.objects.get(), 100)

    with django_assert_num_queries(1):
        post_event(MESSAGE_RECEIVED)


@pytest.mark.usefixtures('conversation_is_open')
def test_a_late_message_is_one_statement_too(
    post_event: PostEvent, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.WEBHOOK_ACCEPT_LATE_MESSAGES = True
    post_event(CLOSE_CONVERSATION)

    with django_assert_num_queries(1):
        assert post_event(MESSAGE_RECEIVED).status_code == 204


@pytest.mark.usefixtures('conversation_is_open')
def test_a_close_is_one_statement(post_event: PostEvent, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        assert post_event(CLOSE_CONVERSATION).status_code == 204


def test_an_opening_is_one_statement_and_a_look_at_what_is_held(
    post_event: PostEvent, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        assert post_event(NEW_CONVERSATION).status_code == 204


def test_a_redelivered_message_is_a_write_and_a_look(
    post_event: PostEvent, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for event in BRIEF:
        post_event(event)

    with django_assert_num_queries(2):
        assert post_event(MESSAGE_RECEIVED).status_code == 204


def test_what_is_no_event_costs_nothing(
    post_event: PostEvent, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        post_event(changed(MESSAGE_RECEIVED, 'data.id', None))


def test_any_page_of_any_history_is_one_statement(
    api_client: APIClient, long_conversation: models.Conversation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for page in (1, 2, LAST_PAGE // 2, LAST_PAGE):
        for ordering in ('timestamp', '-timestamp'):
            with django_assert_num_queries(1):
                answer = api_client.get(f'/conversations/{long_conversation.id}/?page={page}&ordering={ordering}')
            assert len(answer.data['messages']) == 10


def test_reading_with_a_token_is_a_look_at_the_token_and_two_at_permissions_more(
    api_client: APIClient, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.API_REQUIRE_AUTH = True
    conversation = ConversationRowFactory.create()
    user = reader()
    keys = [key_of(user), key_of(user)]

    for key in keys:
        with django_assert_num_queries(4):
            answer = api_client.get(f'/conversations/{conversation.id}/', HTTP_AUTHORIZATION=f'Token {key}')
        assert answer.status_code == 200
