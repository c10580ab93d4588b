"""What requests cost the database: pinned, so that a change shows."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.authtoken.models import Token
from rest_framework.response import Response
from rest_framework.test import APIClient

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.factories import ConversationRowFactory, message_rows
from realmate_challenge.webhook_api.tests.payloads import (
    BRIEF,
    CLOSE_CONVERSATION,
    MESSAGE_RECEIVED,
    NEW_CONVERSATION,
    changed,
)

pytestmark = pytest.mark.django_db

COUNT = 5_000
LAST_PAGE = COUNT // 10

on_postgresql = pytest.mark.skipif(
    connection.vendor != 'postgresql', reason='plans are those of PostgreSQL; .ci/run runs there too'
)


@pytest.fixture
def long_conversation() -> models.Conversation:
    """Among others, so that an index is worth its while."""
    for _ in range(3):
        message_rows(ConversationRowFactory.create(), 1_000)
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


@pytest.mark.parametrize('page', [1, 2, LAST_PAGE // 2, LAST_PAGE])
@pytest.mark.parametrize('ordering', ['timestamp', '-timestamp'])
def test_any_page_of_any_history_is_two_statements_and_its_own_rows(
    api_client: APIClient, long_conversation: models.Conversation, page: int, ordering: str
) -> None:
    url = f'/conversations/{long_conversation.id}/?page={page}&ordering={ordering}'

    with CaptureQueriesContext(connection) as captured:
        answer = api_client.get(url)

    assert answer.status_code == 200
    assert len(answer.data['messages']) == 10
    assert len(captured) == 2


def test_reading_with_a_token_is_one_more(
    api_client: APIClient,
    django_user_model: type[User],
    settings: Settings,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    settings.API_REQUIRE_AUTH = True
    conversation = ConversationRowFactory.create()
    token = Token.objects.create(user=django_user_model.objects.create_user('ana'))

    with django_assert_num_queries(3):
        api_client.get(f'/conversations/{conversation.id}/', HTTP_AUTHORIZATION=f'Token {token.key}')


def plans_of(request: Callable[[], Response]) -> list[str]:
    """How PostgreSQL executes each statement of a request."""
    with CaptureQueriesContext(connection) as captured:
        assert request().status_code == 200
    plans = []
    for query in captured.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute(f'EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF, SUMMARY OFF) {query["sql"]}')
            plans.append('\n'.join(line for (line,) in cursor.fetchall()))
    return plans


@on_postgresql
@pytest.mark.parametrize('page', [1, LAST_PAGE])
@pytest.mark.parametrize('ordering', ['timestamp', '-timestamp'])
def test_messages_are_read_through_indexes_only(
    api_client: APIClient, long_conversation: models.Conversation, page: int, ordering: str
) -> None:
    with connection.cursor() as cursor:
        # What autovacuum does in a living database.
        cursor.execute('ANALYZE webhook_api_message')
        cursor.execute('ANALYZE webhook_api_conversation')

    plans = plans_of(lambda: api_client.get(f'/conversations/{long_conversation.id}/?page={page}&ordering={ordering}'))

    of_messages = '\n'.join(plans)
    assert 'Seq Scan on webhook_api_message' not in of_messages, of_messages
    assert 'message_reading_order' in of_messages, of_messages
    # The rows themselves: those of the page, and no others.
    assert 'Index Only Scan' in plans[1], of_messages
