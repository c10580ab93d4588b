"""Reading and parsing JSON request bodies."""

import io
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings
from rest_framework.exceptions import ParseError, UnsupportedMediaType

from realmate_challenge.shared.http import parsers
from realmate_challenge.shared.http.parsers import PayloadTooLarge, loads, parse_json, read_body

CAP = 100
TERMINATED = {'wsgi.input_terminated': True}


@pytest.fixture(autouse=True)
def cap(settings: Settings) -> None:
    settings.WEBHOOK_MAX_BODY_BYTES = CAP


class CountingStream(io.BytesIO):
    """Counts the requested bytes."""

    requested = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.requested += -1 if size is None else size
        return super().read(size)


def request_with(body: bytes, **environ: Any) -> HttpRequest:  # noqa: ANN401 - of WSGI
    """Return a request with the headers of `environ`, whatever the body is."""
    stream = CountingStream(body)
    defaults = {'REQUEST_METHOD': 'POST', 'CONTENT_TYPE': 'application/json', 'CONTENT_LENGTH': str(len(body))}
    return RequestFactory().request(**{**defaults, 'wsgi.input': stream, **environ})


def test_a_body_is_read_once_and_kept() -> None:
    request = request_with(b'{}')

    assert [read_body(request), read_body(request), request.body] == [b'{}'] * 3
    request = request_with(b' ' * CAP)
    assert [request.body, read_body(request)] == [b' ' * CAP] * 2


@pytest.mark.parametrize('length', [str(CAP + 1), '9' * 30])
def test_a_length_over_the_cap_is_refused_without_reading(length: str) -> None:
    request = request_with(b' ' * (CAP + 1), CONTENT_LENGTH=length)

    with pytest.raises(PayloadTooLarge):
        read_body(request)
    assert request.META['wsgi.input'].requested == 0


@pytest.mark.parametrize('length', ['', '7', 'many'])
def test_a_wrong_length_does_not_lift_the_cap(length: str) -> None:
    request = request_with(b' ' * 10 * CAP, **TERMINATED, CONTENT_LENGTH=length)

    with pytest.raises(PayloadTooLarge):
        read_body(request)
    assert request.META['wsgi.input'].requested == CAP + 1


def test_a_chunked_body_is_read_to_its_end() -> None:
    assert parse_json(request_with(b'{"a": 1}', **TERMINATED, CONTENT_LENGTH='')) == {'a': 1}


def test_a_body_shorter_than_its_length_is_refused() -> None:
    with pytest.raises(ParseError, match='shorter'):
        parse_json(request_with(b'{"a": 1}', CONTENT_LENGTH='9'))


@pytest.mark.parametrize('length', ['7', '-1', 'many', '1.0', '²', '٣', ''])
def test_without_a_true_length_the_body_is_cut(length: str) -> None:
    with pytest.raises(ParseError):
        parse_json(request_with(b'{"a": 1}', CONTENT_LENGTH=length))


@pytest.mark.parametrize('charset', ['', '; charset=utf-8', ';charset=latin-1', '; charset=hex', '; charset="'])
@pytest.mark.parametrize('media_type', ['application/json', 'APPLICATION/JSON'])
def test_json_is_utf_8_with_any_charset_parameter(media_type: str, charset: str) -> None:
    assert parse_json(request_with('"é"'.encode(), CONTENT_TYPE=f'{media_type}{charset}')) == 'é'


@pytest.mark.parametrize('content_type', ['', 'text/plain', 'application/json-patch+json', 'json', 'é/ÿ'])
def test_other_media_types_are_refused_without_reading(content_type: str) -> None:
    request = request_with(b'{}', CONTENT_TYPE=content_type)

    with pytest.raises(UnsupportedMediaType):
        parse_json(request)
    assert request.META['wsgi.input'].requested == 0


NOT_JSON = {
    'nothing': b'',
    'half': b'{"a": ',
    'two documents': b'{} {}',
    'trailing comma': b'{"a": 1,}',
    'single quotes': b"{'a': 1}",
    'NaN': b'{"a": NaN}',
    '-Infinity': b'[-Infinity]',
    'NaN beside a surrogate': b'["\\ud800", NaN]',
    'half beside a surrogate': b'["\\ud800", ',
    'byte order mark': b'\xef\xbb\xbf{}',
    'UTF-16': '{"a": "é"}'.encode('utf-16'),
    'latin-1': '{"a": "é"}'.encode('latin-1'),
    'encoded surrogate': b'"\xed\xa0\x80"',
    'raw control character': b'{"a": "\n"}',
    'raw NUL': b'{"a": "\0"}',
    'leading zero': b'[01]',
    'deeply nested': b'[' * 100_000 + b']' * 100_000,
    'deeply nested beside a surrogate': b'["\\ud800",' + b'[' * 100_000 + b']' * 100_000 + b']',
    'endless number': b'[' + b'9' * 10_000 + b']',
    'form': b'type=NEW_MESSAGE',
}


@pytest.mark.parametrize('body', NOT_JSON.values(), ids=NOT_JSON.keys())
def test_other_bodies_are_not_json(body: bytes) -> None:
    with pytest.raises(ParseError, match='Not valid JSON'):
        loads(body)


@pytest.mark.parametrize(
    ('body', 'reason'),
    [
        ('{"a": "é"}'.encode('latin-1'), 'byte 0xe9 in position 7'),
        (b'{"a": "\\ud800", "b": }', 'Expecting value: line 1 column 22'),
        (b'{"a": -Infinity}', '-Infinity is not a number'),
    ],
)
def test_the_error_names_the_true_position(body: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        loads(body)


def test_usual_bodies_are_left_to_the_fast_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsers, '_loads_slowly', lambda _: pytest.fail('the other parser was called'))

    assert loads('{"a": ["é", 1e5, null]}'.encode()) == {'a': ['é', 1e5, None]}


UNUSUAL = {
    **NOT_JSON,
    'large float': b'1e400',
    'minus zero': b'-0',
    **{f'{digits} digits': b'9' * digits for digits in (20, 400, 4300, 4301, 5000)},
    **{f'depth {depth}': b'[' * depth + b']' * depth for depth in (1000, 1023, 1024, 1025, 1100)},
    'key twice': b'{"a": 1, "a": [2]}',
}


@pytest.mark.parametrize('body', UNUSUAL.values(), ids=UNUSUAL.keys())
def test_the_verdict_does_not_depend_on_other_characters(body: bytes) -> None:
    """Orjson refuses a lone surrogate, so that the other parser decides."""
    verdicts = []
    for beside in (b'"x"', b'"\\ud83d\\ude00"', b'"\\ud800"'):
        try:
            loads(b'[%s,%s]' % (body, beside))
            verdicts.append(True)
        except ParseError:
            verdicts.append(False)
    assert len(set(verdicts)) == 1


@pytest.mark.parametrize(
    ('body', 'value'),
    [
        (rb'"\ud83d\ude00"', '😀'),
        (rb'{"\udfff": "\uDBFF x"}', {'\udfff': '\udbff x'}),
        (b'{"a": 1, "a": 2}', {'a': 2}),
        (b'{"a": 1, "a": "\\ud800"}', {'a': '\ud800'}),
        (b' {"a": "\\u0000"} ', {'a': '\0'}),
    ],
)
def test_surrogates_nul_and_repeated_keys_are_json(body: bytes, value: object) -> None:
    assert loads(body) == value
