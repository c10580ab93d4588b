"""Headers that try to confuse, through the server's own door: Django reads some before any view or middleware."""

import io
from typing import Any
from wsgiref.util import setup_testing_defaults

import hypothesis
import orjson
import pytest
from hypothesis import strategies as st

from realmate_challenge.asgi import application as asgi_application
from realmate_challenge.shared.http.requests import UTF8ASGIRequest
from realmate_challenge.webhook_api import composition
from realmate_challenge.webhook_api.tests.support.fakes import in_memory
from realmate_challenge.webhook_api.tests.support.payloads import CONVERSATION_ID
from realmate_challenge.webhook_api.use_cases.get_conversation import GetConversation
from realmate_challenge.wsgi import application

CONVERSATION = f'/conversations/{CONVERSATION_ID}/'

# What a server lets through: ISO 8859-1 without control characters.
header_values = st.text(st.characters(max_codepoint=255, exclude_categories=['Cc']), max_size=40)
charsets = st.sampled_from(['hex', 'zlib', 'rot13', 'base64', 'idna', 'punycode', 'utf-7', 'utf-16', 'undefined'])


@pytest.fixture(autouse=True)
def no_conversations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        composition, 'get_conversation', lambda: GetConversation(conversations=in_memory().conversations)
    )


def ask(path: str, body: bytes = b'', **environ: Any) -> tuple[int, bytes]:  # noqa: ANN401 - WSGI's
    environ = {'PATH_INFO': path, 'HTTP_HOST': 'localhost', 'wsgi.input': io.BytesIO(body), **environ}
    setup_testing_defaults(environ)
    status = []

    def start_response(line: str, headers: list[tuple[str, str]], *_: object) -> Any:  # noqa: ANN401 - WSGI's
        status.append(int(line.split(maxsplit=1)[0]))

    content = b''.join(application(environ, start_response))
    return status[0], content


@pytest.mark.parametrize('charset', ['hex', 'zlib', 'rot13', 'base64', 'idna', 'punycode', 'utf-16', 'undefined'])
@pytest.mark.parametrize('path', [CONVERSATION, '/schema/', '/docs/', '/redoc/', '/nope/'])
def test_a_charset_parameter_does_not_touch_the_address(path: str, charset: str) -> None:
    content_type = f'application/json; charset={charset}'

    status, _ = ask(path, QUERY_STRING='page=1&x=%C3%A9', CONTENT_TYPE=content_type)

    assert status == (404 if path in {CONVERSATION, '/nope/'} else 200)


def test_nor_that_of_an_event() -> None:
    status, content = ask(
        '/webhook/',
        b'{}',
        REQUEST_METHOD='POST',
        QUERY_STRING='x=1',
        CONTENT_LENGTH='2',
        CONTENT_TYPE='application/json; charset=hex',
    )

    assert (status, orjson.loads(content)['errors'][0]['code']) == (400, 'VALIDATION_ERROR')


def test_nor_does_it_through_the_asgi_door() -> None:
    scope = {
        'type': 'http',
        'method': 'GET',
        'path': '/nope/',
        'query_string': b'x=%C3%A9',
        'headers': [(b'content-type', b'application/json; charset=hex')],
    }

    request, answer = asgi_application.create_request(scope, io.BytesIO())

    assert answer is None
    assert isinstance(request, UTF8ASGIRequest)
    assert request.GET['x'] == 'é'


@hypothesis.given(accept=header_values, content_type=header_values, charset=charsets, query=header_values)
def test_no_header_and_no_query_makes_the_service_crash(
    accept: str, content_type: str, charset: str, query: str
) -> None:
    status, content = ask(
        CONVERSATION, QUERY_STRING=query, HTTP_ACCEPT=accept, CONTENT_TYPE=f'{content_type};charset={charset}'
    )

    assert status in {404, 406}
    assert list(orjson.loads(content)) == ['errors']
