"""Any request body gets a 4xx in the envelope, and is not stored."""

from collections.abc import Iterator
from typing import Any

import hypothesis
import orjson
import pytest
from hypothesis import strategies as st

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.envelope import error_of, invalid_fields
from realmate_challenge.webhook_api.tests.support.payloads import BRIEF, MESSAGE_RECEIVED, NEW_CONVERSATION, changed

pytestmark = pytest.mark.django_db

with_fixtures = hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def nothing_is_stored(db: None) -> Iterator[None]:
    yield
    for model in (models.Conversation, models.Message, models.UnappliedEvent):
        assert not model.objects.exists()


@pytest.mark.parametrize(
    ('body', 'fields'),
    [
        (b'{}', {'type': 'required', 'timestamp': 'required', 'data': 'required'}),
        (b'[]', {None: 'invalid'}),
        (
            orjson.dumps(changed(MESSAGE_RECEIVED, 'data.id', '{6a41b347-8d80-4ce9-84ba-7af66f369f6a}')),
            {'data.id': 'invalid'},
        ),
        (orjson.dumps(changed(MESSAGE_RECEIVED, 'data.content', 7)), {'data.content': 'invalid'}),
        (orjson.dumps(MESSAGE_RECEIVED).replace(b'bem', rb'\ud800'), {'data.content': 'surrogate'}),
        (orjson.dumps(MESSAGE_RECEIVED).replace(b'bem', rb'\u0000'), {'data.content': 'null_character'}),
        # The last of repeated keys counts.
        (
            orjson.dumps(MESSAGE_RECEIVED).replace(b'"direction"', b'"direction":"SENT","direction":1,"x"'),
            {'data.direction': 'invalid_choice'},
        ),
    ],
)
def test_invalid_events(post_event: PostEvent, body: bytes, fields: dict[str | None, str]) -> None:
    assert invalid_fields(post_event(body)) == fields


@pytest.mark.parametrize(
    'body',
    [
        b'',
        b'{"type": "NEW_MESSAGE"',
        b'\xef\xbb\xbf' + orjson.dumps(NEW_CONVERSATION),
        orjson.dumps(MESSAGE_RECEIVED).replace(b'bem', b'\xed\xa0\x80'),
        b'{"data":' * 100_000 + b'1' + b'}' * 100_000,
    ],
    ids=['nothing', 'half', 'byte order mark', 'encoded surrogate', 'deeply nested'],
)
def test_other_bodies(post_event: PostEvent, body: bytes) -> None:
    assert error_of(post_event(body)) == (400, 'PARSE_ERROR')


def test_the_limit_of_the_body_is_1_mib(post_event: PostEvent) -> None:
    assert error_of(post_event(b' ' * 2**20)) == (400, 'PARSE_ERROR')
    assert error_of(post_event(orjson.dumps(NEW_CONVERSATION).ljust(2**20 + 1))) == (413, 'PAYLOAD_TOO_LARGE')


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=8,
)


@with_fixtures
@hypothesis.given(
    st.fixed_dictionaries(
        {},
        optional={
            'type': st.sampled_from([event['type'] for event in BRIEF]) | json_values,
            'timestamp': st.datetimes().map(lambda instant: f'{instant.isoformat()}x') | json_values,
            'data': st.dictionaries(st.sampled_from(['id', 'conversation_id', 'direction', 'content']), json_values),
        },
    )
)
def test_any_object(post_event: PostEvent, document: dict[str, object]) -> None:
    assert error_of(post_event(orjson.dumps(document))) == (400, 'VALIDATION_ERROR')


@with_fixtures
@hypothesis.given(st.binary(max_size=200))
def test_any_bytes(post_event: PostEvent, body: bytes) -> None:
    assert error_of(post_event(body))[0] == 400
