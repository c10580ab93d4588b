"""Bodies that are too large, or are not what they say."""

from io import BytesIO
from typing import Any

import orjson
import pytest
from pytest_django import Settings

from realmate_challenge.webhook_api.models import UnappliedEvent
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.envelope import error_of
from realmate_challenge.webhook_api.tests.support.payloads import MESSAGE_RECEIVED

MEBIBYTE = 2**20
TERMINATED: dict[str, Any] = {'wsgi.input_terminated': True}


@pytest.mark.parametrize('size', [MEBIBYTE + 1, 3_000_000])
@pytest.mark.parametrize(
    'announced',
    [{}, {'CONTENT_LENGTH': ''}, {'CONTENT_LENGTH': '7'}, {'CONTENT_LENGTH': 'many'}],
    ids=['true length', 'no length', 'short length', 'no number'],
)
def test_a_body_over_the_cap_whatever_it_says_of_its_length(
    post_event: PostEvent, size: int, announced: dict[str, str]
) -> None:
    body = b' ' * size
    # The stream of Django's test client refuses to be read beyond its end, as no server's does.
    answer = post_event(body, **{**TERMINATED, 'wsgi.input': BytesIO(body), **announced})

    assert error_of(answer) == (413, 'PAYLOAD_TOO_LARGE')


def test_an_announced_length_over_the_cap(post_event: PostEvent) -> None:
    assert error_of(post_event(b'{}', CONTENT_LENGTH='3000000')) == (413, 'PAYLOAD_TOO_LARGE')


def test_the_cap_is_a_setting(post_event: PostEvent, settings: Settings) -> None:
    settings.WEBHOOK_MAX_BODY_BYTES = 10

    assert error_of(post_event(b' ' * 10)) == (400, 'PARSE_ERROR')
    assert error_of(post_event(b' ' * 11)) == (413, 'PAYLOAD_TOO_LARGE')


def test_a_body_of_exactly_the_cap_is_read(post_event: PostEvent) -> None:
    assert error_of(post_event(b' ' * MEBIBYTE)) == (400, 'PARSE_ERROR')


@pytest.mark.parametrize('length', ['0', '', '-1', '\xb2', '9' * 5000])
def test_lengths_that_make_no_sense(post_event: PostEvent, length: str) -> None:
    status, code = error_of(post_event(b'{}', CONTENT_LENGTH=length))

    assert (status, code) in {(400, 'PARSE_ERROR'), (413, 'PAYLOAD_TOO_LARGE')}


@pytest.mark.parametrize('charset', ['utf-8', 'latin-1', 'utf-16', 'hex', 'zlib', 'rot13', 'idna', 'nonsense', '', '"'])
def test_no_charset_parameter_changes_how_json_is_read(post_event: PostEvent, charset: str) -> None:
    body = orjson.dumps(MESSAGE_RECEIVED)

    assert post_event(body, content_type=f'application/json; charset={charset}').status_code == 404
    assert 'Olá' in UnappliedEvent.objects.get().payload
