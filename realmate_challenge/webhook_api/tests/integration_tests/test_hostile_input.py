"""Invalid events are answered with 400 and the invalid fields, and are not stored."""

from collections.abc import Iterator
from typing import Any

import hypothesis
import orjson
import pytest
from hypothesis import strategies as st

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.envelope import blamed, error_of
from realmate_challenge.webhook_api.tests.support.payloads import (
    BRIEF,
    MESSAGE_RECEIVED,
    changed,
    without,
)

pytestmark = pytest.mark.django_db

fixtures_are_fine = hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])

FIELDS = ['type', 'timestamp', 'data', 'data.id', 'data.conversation_id', 'data.direction', 'data.content']
WRONG_TYPES = {
    'null': b'null',
    'true': b'true',
    'false': b'false',
    'zero': b'0',
    'integer': b'42',
    'float': b'1.5',
    'huge integer': b'1' + b'0' * 40,
    'huger integer': b'9' * 5000,
    'list': b'[]',
    'list of text': b'["SENT"]',
    'object': b'{"id": 1}',
    'empty object': b'{}',
    'empty text': b'""',
    'blank': b'" "',
    'NUL': rb'"\u0000"',
    'surrogate': rb'"\ud800"',
}


@pytest.fixture(autouse=True)
def nothing_is_stored(db: None) -> Iterator[None]:
    yield
    for model in (models.Conversation, models.Message, models.UnappliedEvent):
        assert not model.objects.exists()


def spelled(path: str, json: bytes) -> bytes:
    """Return the first message of the brief with other JSON for one field."""
    return orjson.dumps(changed(MESSAGE_RECEIVED, path, 'PLACE')).replace(b'"PLACE"', json)


@pytest.mark.parametrize(
    ('path', 'json'),
    [
        pytest.param(path, json, id=f'{path} {name}')
        for path in FIELDS
        for name, json in WRONG_TYPES.items()
        if (path, name) != ('data.content', 'blank')
    ],
)
def test_a_wrong_type_in_each_field(post_event: PostEvent, path: str, json: bytes) -> None:
    answer = post_event(spelled(path, json))

    if json == WRONG_TYPES['huger integer']:
        assert error_of(answer) in {(400, 'PARSE_ERROR'), (400, 'VALIDATION_ERROR')}
    elif path == 'data' and json.startswith(b'{'):
        assert {'data.direction', 'data.content', 'data.conversation_id'} <= set(blamed(answer))
    else:
        assert set(blamed(answer)) == {path}


@pytest.mark.parametrize('path', FIELDS)
def test_each_field_is_required(post_event: PostEvent, path: str) -> None:
    assert blamed(post_event(without(MESSAGE_RECEIVED, path))) == {path: 'required'}


def test_all_invalid_fields_are_reported(post_event: PostEvent) -> None:
    event = {'type': 'NEW_MESSAGE', 'timestamp': 'now', 'data': {'id': 7, 'direction': 'sent'}}

    assert blamed(post_event(event)) == {
        'timestamp': 'invalid',
        'data.id': 'invalid',
        'data.direction': 'invalid_choice',
        'data.content': 'required',
        'data.conversation_id': 'required',
    }


@pytest.mark.parametrize(
    ('path', 'value'),
    [
        *[('type', value) for value in ('new_message', 'NEW_MESSAGE ', 'MESSAGE', 'NEW_MESSAGE\n', '__class__')],
        *[('data.direction', value) for value in ('sent', 'SENT ', 'IN', 'SENT\0')],
        *[
            (path, value)
            for path in ('data.id', 'data.conversation_id')
            for value in (
                '42',
                '{49108c71-4dca-4af3-9f32-61bc745926e2}',
                'urn:uuid:49108c71-4dca-4af3-9f32-61bc745926e2',
                ' 49108c71-4dca-4af3-9f32-61bc745926e2',
                '49108c71-4dca-4af3-9f32-61bc745926e2\n',
                '49108c714dca4af39f3261bc745926e',
                '4-9108c714dca4af39f3261bc745926e2',
                '\uff14\uff19108c71-4dca-4af3-9f32-61bc745926e2',
                'g9108c71-4dca-4af3-9f32-61bc745926e2',
            )
        ],
    ],
)
def test_almost_valid_values(post_event: PostEvent, path: str, value: str) -> None:
    assert set(blamed(post_event(changed(MESSAGE_RECEIVED, path, value)))) == {path}


DOCUMENTS = [b'null', b'true', b'0', b'1e5', b'""', b'"NEW_MESSAGE"', b'[]', b'[{}]', b'[[[[]]]]']


@pytest.mark.parametrize('body', DOCUMENTS, ids=bytes.decode)
def test_json_that_is_not_an_object(post_event: PostEvent, body: bytes) -> None:
    assert list(blamed(post_event(body))) == [None]


def test_of_duplicate_keys_the_last_counts(post_event: PostEvent) -> None:
    body = orjson.dumps(MESSAGE_RECEIVED).replace(b'"direction":', b'"direction":"SENT","direction":1,"direction":')

    # Valid, but its conversation is unknown.
    assert error_of(post_event(body)) == (404, 'CONVERSATION_NOT_FOUND')
    models.UnappliedEvent.objects.get().delete()
    reversed_body = body.replace(b'"direction":"RECEIVED"', b'"direction":"UP"')
    assert set(blamed(post_event(reversed_body))) == {'data.direction'}


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=8,
)


@fixtures_are_fine
@hypothesis.given(path=st.sampled_from(FIELDS), value=json_values)
def test_any_json_in_any_field(post_event: PostEvent, path: str, value: object) -> None:
    hypothesis.assume(path != 'data.content' or not isinstance(value, str))

    answer = post_event(changed(MESSAGE_RECEIVED, path, value))

    assert all(field is not None and field.startswith(path) for field in blamed(answer))


@fixtures_are_fine
@hypothesis.given(event=st.sampled_from(BRIEF), data=st.data())
def test_any_damaged_event(post_event: PostEvent, event: dict[str, Any], data: st.DataObject) -> None:
    body = bytearray(orjson.dumps(event))
    position = data.draw(st.integers(0, len(body) - 1))
    # JSON allows none of these bytes anywhere.
    body[position:position] = data.draw(st.sampled_from([b'\0', b'\x01', b'\xff', b'\xed\xa0\x80', b'\x1f']))

    assert error_of(post_event(bytes(body))) == (400, 'PARSE_ERROR')
