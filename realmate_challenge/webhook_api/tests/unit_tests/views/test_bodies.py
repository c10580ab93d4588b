"""The limit of request bodies, as clients see it."""

from io import BytesIO

import orjson
import pytest
from pytest_django import Settings

from realmate_challenge.webhook_api.models import UnappliedEvent
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.envelope import error_of
from realmate_challenge.webhook_api.tests.support.payloads import MESSAGE_RECEIVED

MEBIBYTE = 2**20


@pytest.mark.parametrize('length', [str(MEBIBYTE + 1), '', '7', 'many'])
def test_a_body_over_the_cap_is_refused_with_any_length(post_event: PostEvent, length: str) -> None:
    # Unlike the stream of Django's test client, the stream of a server can be read to its end.
    stream = BytesIO(b' ' * (MEBIBYTE + 1))
    answer = post_event(b'', **{'wsgi.input_terminated': True, 'wsgi.input': stream, 'CONTENT_LENGTH': length})

    assert error_of(answer) == (413, 'PAYLOAD_TOO_LARGE')


def test_a_body_of_exactly_the_cap_is_read(post_event: PostEvent, settings: Settings) -> None:
    assert error_of(post_event(b' ' * MEBIBYTE)) == (400, 'PARSE_ERROR')
    assert error_of(post_event(b' ' * (MEBIBYTE + 1))) == (413, 'PAYLOAD_TOO_LARGE')
    settings.WEBHOOK_MAX_BODY_BYTES = 10
    assert error_of(post_event(b' ' * 10)) == (400, 'PARSE_ERROR')
    assert error_of(post_event(b' ' * 11)) == (413, 'PAYLOAD_TOO_LARGE')


@pytest.mark.parametrize('length', ['0', '', '-1', '\xb2', '9' * 5000])
def test_an_invalid_length_is_an_error_of_the_client(post_event: PostEvent, length: str) -> None:
    # Python does not convert a number of 5,000 digits, so it counts as no length.
    assert error_of(post_event(b'{}', CONTENT_LENGTH=length)) == (400, 'PARSE_ERROR')


@pytest.mark.parametrize('charset', ['utf-8', 'utf-16', 'hex', 'idna', 'nonsense', '"'])
def test_events_are_utf_8_with_any_charset_parameter(post_event: PostEvent, charset: str) -> None:
    body = orjson.dumps(MESSAGE_RECEIVED)

    assert post_event(body, content_type=f'application/json; charset={charset}').status_code == 404
    assert 'Olá' in UnappliedEvent.objects.get().payload
