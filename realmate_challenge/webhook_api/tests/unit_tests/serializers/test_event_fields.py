"""Which values the fields of an event accept, and which errors name the others."""

from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from realmate_challenge.webhook_api.entities.events import NewMessage
from realmate_challenge.webhook_api.serializers.events import parse_event
from realmate_challenge.webhook_api.tests.support.payloads import MESSAGE_RECEIVED, changed, without

FIELDS = ['type', 'timestamp', 'data', 'data.id', 'data.conversation_id', 'data.direction', 'data.content']
MAX_LENGTH = 65_536


def errors_of(document: object) -> dict[str, Any]:
    """Return the codes of the errors of an invalid event by the path of the field."""
    with pytest.raises(ValidationError) as caught:
        parse_event(document)
    codes: Any = caught.value.get_codes()
    nested = codes.pop('data', {})
    data = {f'data.{name}': each for name, each in nested.items()} if isinstance(nested, dict) else {'data': nested}
    return {field: code for field, (code,) in {**codes, **data}.items()}


def parse(path: str, value: object) -> NewMessage:
    event = parse_event(changed(MESSAGE_RECEIVED, path, value))
    assert isinstance(event, NewMessage)
    return event


@pytest.mark.parametrize('value', [None, True, 0, 1.5, 10**40, [], ['SENT'], {'id': 1}, '', '\0', '\ud800'], ids=repr)
@pytest.mark.parametrize('path', FIELDS)
def test_wrong_types(path: str, value: object) -> None:
    errors = errors_of(changed(MESSAGE_RECEIVED, path, value))

    if path == 'data' and isinstance(value, dict):
        assert errors.keys() == {'data.id', 'data.direction', 'data.content', 'data.conversation_id'}
    else:
        assert errors.keys() == ({'data.non_field_errors'} if path == 'data' and value is not None else {path})


@pytest.mark.parametrize('path', FIELDS)
def test_each_field_is_required(path: str) -> None:
    assert errors_of(without(MESSAGE_RECEIVED, path)) == {path: 'required'}


def test_all_errors_are_reported() -> None:
    event = {'type': 'NEW_MESSAGE', 'timestamp': 'now', 'data': {'id': 7, 'direction': 'sent'}}

    assert errors_of(event) == {
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
    ],
)
def test_similar_choices(path: str, value: str) -> None:
    assert errors_of(changed(MESSAGE_RECEIVED, path, value)) == {path: 'invalid_choice'}


@pytest.mark.parametrize('text', ['49108C71-4DCA-4AF3-9F32-61BC745926E2', '49108c714dca4af39f3261bc745926e2'])
@pytest.mark.parametrize('path', ['data.id', 'data.conversation_id'])
def test_uuids(path: str, text: str) -> None:
    message = parse(path, text).message

    assert '49108c71-4dca-4af3-9f32-61bc745926e2' in {str(message.id), str(message.conversation_id)}


@pytest.mark.parametrize(
    'text',
    [
        '42',
        '{49108c71-4dca-4af3-9f32-61bc745926e2}',
        'urn:uuid:49108c71-4dca-4af3-9f32-61bc745926e2',
        ' 49108c71-4dca-4af3-9f32-61bc745926e2',
        '49108c71-4dca-4af3-9f32-61bc745926e2\n',
        '49108c714dca4af39f3261bc745926e',
        '4-9108c714dca4af39f3261bc745926e2',
        '\uff14\uff19108c71-4dca-4af3-9f32-61bc745926e2',
        'g9108c71-4dca-4af3-9f32-61bc745926e2',
    ],
)
@pytest.mark.parametrize('path', ['data.id', 'data.conversation_id'])
def test_similar_uuids(path: str, text: str) -> None:
    assert errors_of(changed(MESSAGE_RECEIVED, path, text)) == {path: 'invalid'}


@pytest.mark.parametrize(
    ('text', 'utc'),
    [
        ('2025-02-21T10:20:41.349308', '2025-02-21T10:20:41.349308'),
        ('2025-02-21T10:20', '2025-02-21T10:20:00'),
        ('2025-02-21T10', '2025-02-21T10:00:00'),
        ('2025-02-21T10:20:41.3', '2025-02-21T10:20:41.300000'),
        ('2025-02-21T10:20:41.3493089999', '2025-02-21T10:20:41.349308'),
        ('2025-02-21t10:20:41z', '2025-02-21T10:20:41'),
        ('20250221T102041', '2025-02-21T10:20:41'),
        ('2025-02-21T10:20:41-03:00', '2025-02-21T13:20:41'),
        ('2025-02-21T10:20:41+0530', '2025-02-21T04:50:41'),
        ('2025-02-21T10:20:41+23:59', '2025-02-20T10:21:41'),
        ('2024-02-29T23:59:59.999999Z', '2024-02-29T23:59:59.999999'),
        ('0001-01-01T00:00:00', '0001-01-01T00:00:00'),
        ('0001-01-01T00:00:00-00:01', '0001-01-01T00:01:00'),
        ('9999-12-31T23:59:59.999999+00:01', '9999-12-31T23:58:59.999999'),
    ],
)
def test_timestamps(text: str, utc: str) -> None:
    assert parse('timestamp', text).timestamp.isoformat() == f'{utc}+00:00'


INVALID_TIMESTAMPS = [
    *[' ', 'now', '1740133241', '-1', 'NaN', '21/02/2025 10:20:41'],
    *['2025-02-21', '20250221', '10:20:41', '2025-02', '2025-02-21T', '2025-02-21Z', '2025-052T10:20'],
    *['2025-02-21T24:00:01', '2025-02-21T25:00', '2025-02-21T10:60', '2025-02-21T10:20:60', '2025-02-21T23:59:60Z'],
    *['2025-02-30T10:20', '2025-13-01T10:20', '2025-00-01T10:20', '2025-02-00T10:20', '2025-02-29T10:20'],
    *['0000-01-01T00:00:00', '10000-01-01T00:00:00', '-001-01-01T00:00:00', '+2025-02-21T10:20:41'],
    *['2025-02-21T10:20:41+24:00', '2025-02-21T10:20:41+25', '2025-02-21T10:20:41+', '2025-02-21T10:20:41 Z'],
    *['2025-02-21_10:20:41', '2025-02-21x10:20:41', '2025-02-21T10:20:41 BRT', '2025-02-21T10:20:41.'],
    *['2025-02-21T10:20:41xZ', '2025-02-21T10:20x+01:00', '2025-02-21T10:20:41 +03:00', '2025-02-21T10:20:41Zx'],
    *[' 2025-02-21T10:20:41', '2025-02-21T10:20:41\n', '2025-02-21T10:20:41\0', '2025-02-21T10\uff1a20\uff1a41'],
    *['\uff12025-02-21T10:20:41', '2025-W54-1T10:20', '2025-W08-5T10:20', '2025W085T10:20', '2025-2-21T10:20:41'],
    *['2025-02-21T10:20+00:60', '2025-02-21T10:20-03:99', '2025-02-21T10:20+0075', '2025-0221T10:20', '2025052T10:20'],
    *['2025-02-21T24:00', '2025-02-21T24:00:00Z', '2025-02-21T24:00:00.000'],
]


@pytest.mark.parametrize('text', INVALID_TIMESTAMPS)
def test_invalid_timestamps(text: str) -> None:
    assert errors_of(changed(MESSAGE_RECEIVED, 'timestamp', text)) == {'timestamp': 'invalid'}


@pytest.mark.parametrize(
    'text', ['0001-01-01T00:00:00+00:01', '9999-12-31T23:59:59.999999-00:01', '9999-12-31T00:01:00-23:59']
)
def test_timestamps_outside_of_the_years_1_to_9999(text: str) -> None:
    assert errors_of(changed(MESSAGE_RECEIVED, 'timestamp', text)) == {'timestamp': 'out_of_range'}


@pytest.mark.parametrize(
    ('content', 'code'),
    [
        ('', 'blank'),
        ('x' * (MAX_LENGTH + 1), 'max_length'),
        ('😀' * (MAX_LENGTH + 1), 'max_length'),
        ('a\0b', 'null_character'),
        ('a\udfffb', 'surrogate'),
        ('\ude00\ud83d', 'surrogate'),
    ],
    ids=lambda value: value[:8].encode(errors='replace').decode(),
)
def test_invalid_content(content: str, code: str) -> None:
    assert errors_of(changed(MESSAGE_RECEIVED, 'data.content', content)) == {'data.content': code}


@pytest.mark.parametrize('content', [' ', ' \r\n a \t', 'x', '😀' * MAX_LENGTH], ids=['space', 'spaces', 'one', 'long'])
def test_content_is_not_changed(content: str) -> None:
    assert parse('data.content', content).message.content == content
