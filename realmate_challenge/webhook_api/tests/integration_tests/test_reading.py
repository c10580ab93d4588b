"""`GET /conversations/{id}/`: pages, links and order."""

from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.test import APIClient

from realmate_challenge.shared.pagination import with_page
from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.integration_tests.conftest import ReadConversation
from realmate_challenge.webhook_api.tests.support.envelope import error_of
from realmate_challenge.webhook_api.tests.support.factories import (
    ConversationRowFactory,
    message_rows,
)
from realmate_challenge.webhook_api.views.conversations import ConversationView

pytestmark = pytest.mark.django_db

UNKNOWN = '00000000-0000-4000-8000-000000000000'


@pytest.fixture
def conversation() -> models.Conversation:
    return ConversationRowFactory.create()


def contents(document: dict[str, Any]) -> list[str]:
    return [message['content'] for message in document['messages']]


def test_a_conversation_without_messages(
    read_conversation: ReadConversation, conversation: models.Conversation
) -> None:
    assert read_conversation(conversation.id) == {
        'id': str(conversation.id),
        'status': 'OPEN',
        'opened_at': '2025-02-21T10:20:41.349308Z',
        'closed_at': None,
        'count': 0,
        'next': None,
        'previous': None,
        'messages': [],
    }


def test_pages_and_their_links(read_conversation: ReadConversation, conversation: models.Conversation) -> None:
    rows = message_rows(conversation, 23)
    url = f'http://testserver/conversations/{conversation.id}/'

    first, second, third = (read_conversation(conversation.id, page=number) for number in (1, 2, 3))

    assert [first['count'], second['count'], third['count']] == [23] * 3
    assert contents(first) + contents(second) + contents(third) == [row.content for row in rows]
    assert (first['previous'], first['next']) == (None, f'{url}?page=2')
    assert (second['previous'], second['next']) == (url, f'{url}?page=3')
    assert (third['previous'], third['next']) == (f'{url}?page=2', None)


@pytest.mark.parametrize(('page_size', 'count'), [('1', 1), ('100', 100), ('101', 100), ('x', 10)])
def test_page_size(
    read_conversation: ReadConversation, conversation: models.Conversation, page_size: str, count: int
) -> None:
    message_rows(conversation, 105)

    assert len(read_conversation(conversation.id, page_size=page_size)['messages']) == count


@pytest.mark.parametrize('page', ['0', '4', '999999999', 'last', '%00'])
def test_other_pages_do_not_exist(api_client: APIClient, conversation: models.Conversation, page: str) -> None:
    message_rows(conversation, 23)

    assert error_of(api_client.get(f'/conversations/{conversation.id}/', {'page': page})) == (404, 'NOT_FOUND')


def test_an_unknown_conversation(api_client: APIClient, conversation: models.Conversation) -> None:
    assert error_of(api_client.get(f'/conversations/{UNKNOWN}/')) == (404, 'CONVERSATION_NOT_FOUND')


@pytest.mark.parametrize('ordering', ['', 'timestamp', 'content', '--timestamp'])
def test_the_default_is_oldest_first(
    read_conversation: ReadConversation, conversation: models.Conversation, ordering: str
) -> None:
    rows = message_rows(conversation, 3)

    assert contents(read_conversation(conversation.id, ordering=ordering)) == [row.content for row in rows]


def test_newest_first(read_conversation: ReadConversation, conversation: models.Conversation) -> None:
    rows = message_rows(conversation, 12)

    document = read_conversation(conversation.id, ordering='-timestamp', page_size=5)

    assert contents(document) == [row.content for row in rows[:-6:-1]]
    assert document['next'].endswith('?ordering=-timestamp&page_size=5&page=2')


@pytest.mark.parametrize('query', ['', '?page=1&page_size=10', '?x=%C3%A9&y=a"<>|\\^`{} b&z=[]~!*', '?x=%ff&&=&'])
@pytest.mark.parametrize('environ', [{'HTTP_HOST': 'localhost:8000'}, {'SERVER_PORT': '8000'}], ids=' '.join)
def test_links_are_absolute(
    rf: RequestFactory, conversation: models.Conversation, query: str, environ: dict[str, Any]
) -> None:
    message_rows(conversation, 11)
    request = rf.get(f'/conversations/{conversation.id}/{query}', **environ)

    response = ConversationView.as_view()(request, conversation_id=str(conversation.id))

    assert response.data['next'] == with_page(request.build_absolute_uri(), 2)
