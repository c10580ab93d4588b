"""Reading and parsing of JSON request bodies."""

import io
from typing import Any

import hypothesis
import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import strategies as st
from pytest_django import Settings
from rest_framework.exceptions import ParseError, UnsupportedMediaType

from realmate_challenge.shared.http.parsers import PayloadTooLarge, loads, parse_json, read_body

CAP = 100


@pytest.fixture(autouse=True)
def cap(settings: Settings) -> None:
    settings.WEBHOOK_MAX_BODY_BYTES = CAP


class CountingStream(io.BytesIO):
    """Record the number of bytes that were requested."""

    asked = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.asked += -1 if size is None else size
        return super().read(size)


def request_with(body: bytes, **environ: Any) -> HttpRequest:  # noqa: ANN401 - WSGI's
    defaults = {'REQUEST_METHOD': 'POST', 'CONTENT_TYPE': 'application/json', 'wsgi.input': CountingStream(body)}
    return RequestFactory().request(**{**defaults, **environ})


def test_a_body_is_read_once_and_kept() -> None:
    request = request_with(b'{}', CONTENT_LENGTH='2')

    assert read_body(request) == b'{}'
    assert read_body(request) == b'{}'
    assert request.body == b'{}'


@pytest.mark.parametrize('size', [0, 1, CAP])
def test_a_body_up_to_the_cap_is_taken(size: int) -> None:
    assert read_body(request_with(b' ' * size, CONTENT_LENGTH=str(size))) == b' ' * size


@pytest.mark.parametrize('length', [str(CAP + 1), '9' * 30])
def test_an_announced_length_over_the_cap_is_refused_unread(length: str) -> None:
    request = request_with(b' ' * (CAP + 1), CONTENT_LENGTH=length)

    with pytest.raises(PayloadTooLarge):
        read_body(request)
    assert request.META['wsgi.input'].asked == 0


@pytest.mark.parametrize('announced', [{}, {'CONTENT_LENGTH': '7'}, {'CONTENT_LENGTH': ''}])
def test_a_body_longer_than_announced_is_not_read_beyond_the_cap(announced: dict[str, str]) -> None:
    environ = {'wsgi.input_terminated': True, 'CONTENT_LENGTH': '', **announced}
    request = request_with(b' ' * 10 * CAP, **environ)

    with pytest.raises(PayloadTooLarge):
        read_body(request)
    assert request.META['wsgi.input'].asked == CAP + 1


def test_a_chunked_body_is_read_to_its_end() -> None:
    request = request_with(b'{"a": 1}', **{'CONTENT_LENGTH': '', 'wsgi.input_terminated': True})

    assert parse_json(request) == {'a': 1}


@pytest.mark.parametrize('length', ['-1', 'many', '1.0', '²', '٣', ''])
def test_an_invalid_length(length: str) -> None:
    request = request_with(b'{"a": 1}', CONTENT_LENGTH=length)

    with pytest.raises(ParseError):
        parse_json(request)


@pytest.mark.parametrize(
    'content_type',
    ['application/json', 'application/json; charset=utf-8', 'application/json;charset=latin-1', 'APPLICATION/JSON'],
)
def test_json_by_any_charset_parameter(content_type: str) -> None:
    request = request_with('{"a": "é"}'.encode(), CONTENT_LENGTH='11', CONTENT_TYPE=content_type)

    assert parse_json(request) == {'a': 'é'}


@pytest.mark.parametrize(
    'content_type',
    [
        '',
        'text/plain',
        'application/json-patch+json',
        'application/x-www-form-urlencoded',
        'application',
        'json',
        'é/ÿ',
    ],
)
def test_other_media_types_are_refused_unread(content_type: str) -> None:
    request = request_with(b'{}', CONTENT_LENGTH='2', CONTENT_TYPE=content_type)

    with pytest.raises(UnsupportedMediaType):
        parse_json(request)
    assert request.META['wsgi.input'].asked == 0


NOT_JSON = {
    'nothing': b'',
    'blank': b' \n',
    'half': b'{"a": ',
    'two': b'{} {}',
    'trailing comma': b'{"a": 1,}',
    'single quotes': b"{'a': 1}",
    'comment': b'{} // x',
    'NaN': b'{"a": NaN}',
    'Infinity': b'[Infinity]',
    '-Infinity': b'[-Infinity]',
    'NaN beside a surrogate': b'["\\ud800", NaN]',
    'half beside a surrogate': b'["\\ud800", ',
    'byte order mark': b'\xef\xbb\xbf{}',
    'UTF-16': '{"a": "é"}'.encode('utf-16'),
    'UTF-32': '{"a": "é"}'.encode('utf-32'),
    'latin-1': '{"a": "é"}'.encode('latin-1'),
    'encoded surrogate': b'"\xed\xa0\x80"',
    'raw control character': b'{"a": "\n"}',
    'raw NUL': b'{"a": "\0"}',
    'leading zero': b'[01]',
    'hexadecimal': b'[0x1]',
    'deep': b'[' * 100_000,
    'deep and complete': b'[' * 100_000 + b']' * 100_000,
    'deep beside a surrogate': b'["\\ud800",' + b'[' * 100_000 + b']' * 100_000 + b']',
    'endless number beside a surrogate': b'["\\ud800",' + b'9' * 10_000 + b']',
}


@pytest.mark.parametrize('body', NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_not_json(body: bytes) -> None:
    with pytest.raises(ParseError, match='Not valid JSON'):
        loads(body)


@pytest.mark.parametrize(
    ('body', 'value'),
    [
        (rb'"\ud83d\ude00"', '😀'),
        (rb'["\ud800"]', ['\ud800']),
        (rb'{"\udfff": "\uDBFF x"}', {'\udfff': '\udbff x'}),
        (b'{"a": 1, "a": 2}', {'a': 2}),
        (b'{"a": 1, "a": "\\ud800"}', {'a': '\ud800'}),
        (b' {"a": "\\u0000"} ', {'a': '\0'}),
    ],
)
def test_unusual_json(body: bytes, value: object) -> None:
    assert loads(body) == value


@hypothesis.given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_json_or_a_parse_error(body: bytes) -> None:
    try:
        loads(body)
    except ParseError as error:
        assert str(error).isprintable() or str(error).encode()  # noqa: PT017 - either outcome is fine, and has to be sent
