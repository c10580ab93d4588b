"""Headers that Django reads before any middleware runs, sent through the WSGI and ASGI applications."""

import io
from typing import Any
from wsgiref.util import setup_testing_defaults

import hypothesis
import orjson
import pytest
from hypothesis import strategies as st

from realmate_challenge.asgi import application as asgi_application
from realmate_challenge.shared.http.requests import UTF8ASGIRequest
from realmate_challenge.wsgi import application

# A server accepts header values of ISO 8859-1 without control characters.
header_values = st.text(st.characters(max_codepoint=255, exclude_categories=['Cc']), max_size=40)
CHARSETS = ['hex', 'zlib', 'rot13', 'base64', 'idna', 'punycode', 'utf-7', 'utf-16', 'undefined']


def request(path: str, **environ: Any) -> tuple[int, bytes]:  # noqa: ANN401 - of WSGI
    environ = {'PATH_INFO': path, 'HTTP_HOST': 'localhost', 'wsgi.input': io.BytesIO(b'{}'), **environ}
    setup_testing_defaults(environ)
    statuses = []

    def start_response(line: str, headers: list[tuple[str, str]], *_: object) -> Any:  # noqa: ANN401 - of WSGI
        statuses.append(int(line.split(maxsplit=1)[0]))

    content = b''.join(application(environ, start_response))
    return statuses[0], content


@pytest.mark.parametrize('charset', CHARSETS)
@pytest.mark.parametrize(
    ('path', 'method', 'expected'),
    [('/conversations/', 'GET', 404), ('/schema/', 'GET', 200), ('/docs/', 'GET', 200), ('/webhook/', 'POST', 400)],
)
def test_charset_parameters_are_ignored(path: str, method: str, expected: int, charset: str) -> None:
    content_type = f'application/json; charset={charset}'
    status, _ = request(
        path, REQUEST_METHOD=method, QUERY_STRING='page=0&x=%C3%A9', CONTENT_TYPE=content_type, CONTENT_LENGTH='2'
    )

    assert status == expected


def test_charset_parameters_are_ignored_by_asgi() -> None:
    scope = {
        'type': 'http',
        'method': 'GET',
        'path': '/nope/',
        'query_string': b'x=%C3%A9',
        'headers': [(b'content-type', b'application/json; charset=hex')],
    }

    created, error = asgi_application.create_request(scope, io.BytesIO())

    assert error is None
    assert isinstance(created, UTF8ASGIRequest)
    assert created.GET['x'] == 'é'


@hypothesis.given(accept=header_values, content_type=header_values, query=header_values)
def test_no_header_or_query_string_raises_an_exception(accept: str, content_type: str, query: str) -> None:
    status, content = request(
        '/conversations/',
        QUERY_STRING=f'{query}&page=0',
        HTTP_ACCEPT=accept,
        CONTENT_TYPE=f'{content_type};charset=hex',
    )

    assert status in {404, 406}
    assert list(orjson.loads(content)) == ['errors']
