"""The contract suite runs over the repositories in memory and over those of the database; the rest posts and reads."""

from collections.abc import Callable
from http.client import NO_CONTENT, OK
from typing import Any

import orjson
import pytest
from rest_framework.test import APIClient

from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.fakes import Repositories, in_database, in_memory
from realmate_challenge.webhook_api.tests.support.live_fixtures import *  # noqa: F403 - pytest finds fixtures by name
from realmate_challenge.webhook_api.tests.support.payloads import CONVERSATION_ID, NEW_CONVERSATION

type ReadConversation = Callable[..., dict[str, Any]]


@pytest.fixture(
    params=[
        pytest.param(in_memory, id='in memory'),
        pytest.param(in_database, id='in database', marks=pytest.mark.django_db),
    ]
)
def repositories(request: pytest.FixtureRequest) -> Repositories:
    made: Repositories = request.param()
    return made


@pytest.fixture(
    params=[
        pytest.param(in_memory, id='in memory'),
        pytest.param(in_database, id='in database', marks=pytest.mark.django_db(transaction=True)),
    ]
)
def shared_repositories(request: pytest.FixtureRequest) -> Repositories:
    """Several threads may use these: what one commits, the others see."""
    made: Repositories = request.param()
    return made


@pytest.fixture
def conversation_is_open(post_event: PostEvent, db: None) -> None:
    """The conversation of the brief."""
    assert post_event(NEW_CONVERSATION).status_code == NO_CONTENT


@pytest.fixture
def read_conversation(api_client: APIClient) -> ReadConversation:
    """A conversation as JSON; the brief's, unless told otherwise. Keywords become query parameters."""

    def read(conversation_id: object = CONVERSATION_ID, **query: str | int) -> dict[str, Any]:
        answer = api_client.get(f'/conversations/{conversation_id}/', query)
        assert answer.status_code == OK
        document: dict[str, Any] = orjson.loads(answer.content)
        return document

    return read
