"""nginx with `deploy/nginx/realmate.conf` protects the service from slow clients, large bodies and forged headers."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlencode
from urllib.request import urlopen
from uuid import uuid4

import orjson
import pytest

from realmate_challenge.webhook_api.tests.fault_tests.conftest import skip_without
from realmate_challenge.webhook_api.tests.support.clients import JSON, wait_for
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.nginx import LIMIT_SECONDS, NGINX, OPENSSL, Nginx
from realmate_challenge.webhook_api.tests.support.payloads import BRIEF, CONVERSATION_ID, NEW_CONVERSATION
from realmate_challenge.webhook_api.tests.support.server import Server

type Send = Callable[..., socket.socket]

THREADS: Final = 4
STALLED: Final = 5 * THREADS
SLACK_SECONDS: Final = 10
MEBIBYTE: Final = 2**20
FORM: Final = {'Content-Type': 'application/x-www-form-urlencoded'}
LOGIN: Final = '/admin/login/'


@pytest.fixture(scope='module')
def server(module_database: Database, start_module_server: StartServer) -> Server:
    environment = {'WORKERS': '1', 'BLOCKING_THREADS': str(THREADS), 'DJANGO_HTTPS': 'true'}
    return start_module_server(module_database, **environment)


@pytest.fixture
def proxy(server: Server, module_database: Database, tmp_path: Path) -> Iterator[Nginx]:
    for name, program in {'nginx': NGINX, 'openssl': OPENSSL}.items():
        if program is None:
            skip_without(name)
    module_database.empty()
    with Nginx(tmp_path, server.port) as running:
        yield running


@pytest.fixture
def send(proxy: Nginx) -> Iterator[Send]:
    """A function that sends bytes on a new connection, which stays open until the end of the test."""
    with ExitStack() as connections:

        def send(data: bytes, *, tls: bool = True) -> socket.socket:
            connection = connections.enter_context(proxy.connect(tls=tls))
            connection.sendall(data)
            return connection

        yield send


def head(method: str, path: str, *lines: str) -> bytes:
    return '\r\n'.join([f'{method} {path} HTTP/1.1', 'Host: localhost', *lines, '', '']).encode()


def request(
    proxy: Nginx, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> HTTPResponse:
    """Send a request by HTTPS and drop the body of the answer."""
    with closing(HTTPSConnection('localhost', proxy.tls_port, context=proxy.trust(), timeout=30)) as connection:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        response.read()
        return response


def post_event(proxy: Nginx, **headers: str) -> HTTPResponse:
    return request(proxy, 'POST', '/webhook/', orjson.dumps(NEW_CONVERSATION), {**JSON, **headers})


STALLS: Final = {
    'in the headers': b'POST /webhook/ HTTP/1.1\r\nHost: localhost\r\n',
    'in the body of an event': head('POST', '/webhook/', 'Content-Length: 1000') + b'{',
    'in a chunked event': head('POST', '/webhook/', 'Transfer-Encoding: chunked') + b'9\r\n{',
    'in a form': head('POST', LOGIN, 'Content-Length: 1000') + b'u',
    'in the body of a read': head('POST', '/conversations/', 'Transfer-Encoding: chunked') + b'9\r\n{',
    'in the body for an unknown URL': head('POST', '/nowhere/', 'Content-Length: 1000') + b'{',
    'while it reads': head('GET', '/redoc/?script='),
}


@pytest.mark.parametrize('tls', [False, True], ids=['http', 'https'])
@pytest.mark.parametrize('stall', STALLS)
def test_stalled_clients_do_not_stop_the_service_and_are_disconnected(
    proxy: Nginx, send: Send, stall: str, *, tls: bool
) -> None:
    stalled = [send(STALLS[stall], tls=tls) for _ in range(STALLED)]

    started_at = time.monotonic()
    assert post_event(proxy).status == 204
    assert time.monotonic() - started_at < LIMIT_SECONDS
    if stall != 'while it reads':
        with suppress(ConnectionError):
            while stalled[0].recv(4096):
                pass
        assert time.monotonic() - started_at < 2 * LIMIT_SECONDS + SLACK_SECONDS


@pytest.mark.parametrize('path', ['/webhook/', LOGIN, '/nowhere/'])
def test_a_body_over_the_cap_does_not_reach_the_service(proxy: Nginx, path: str) -> None:
    response = request(proxy, 'POST', path, b' ' * (MEBIBYTE + 1), JSON)

    assert response.status == 413
    # The service sets this header in every answer.
    assert 'X-Request-ID' not in response.headers


def test_a_truncated_chunked_body_does_not_reach_the_service(send: Send, module_database: Database) -> None:
    lines = ('Content-Type: application/json', 'Transfer-Encoding: chunked')
    event = orjson.dumps(NEW_CONVERSATION)
    connection = send(head('POST', '/webhook/', *lines) + b'%x\r\n%b\r\n' % (len(event), event), tls=False)
    connection.shutdown(socket.SHUT_WR)

    assert not connection.recv(4096).startswith(b'HTTP/1.1 2')
    assert module_database.count('conversation') == 0


def test_links_have_the_port_of_the_proxy(proxy: Nginx) -> None:
    for event in BRIEF:
        assert request(proxy, 'POST', '/webhook/', orjson.dumps(event), JSON).status == 204
    url = f'https://localhost:{proxy.tls_port}/conversations/{CONVERSATION_ID}/'

    with urlopen(f'{url[:-1]}?page_size=1', context=proxy.trust()) as response:  # noqa: S310 - a fixed scheme
        assert response.url == f'{url}?page_size=1'
        assert orjson.loads(response.read())['next'] == f'{url}?page_size=1&page=2'


def test_the_service_sees_https(proxy: Nginx) -> None:
    response = request(proxy, 'GET', '/docs/')

    assert response.status == 200
    assert 'max-age=' in response.headers['Strict-Transport-Security']


FORGED: Final = {
    'no header': [],
    'the header': ['X-Forwarded-Proto: https'],
    'the header twice': ['X-Forwarded-Proto: https', 'X-Forwarded-Proto: https'],
    'underscores': ['X_Forwarded_Proto: https'],
    'one underscore': ['X-Forwarded_Proto: https', 'X_Forwarded-Proto: https'],
    'both spellings': ['X-Forwarded-Proto: https', 'X_Forwarded_Proto: https'],
}


@pytest.mark.parametrize('lines', FORGED.values(), ids=FORGED)
def test_a_client_cannot_forge_https(send: Send, lines: list[str]) -> None:
    answer = send(head('GET', '/docs/', *lines), tls=False).recv(4096).decode().lower()

    assert answer.startswith('http/1.1 301 ')
    assert 'location: https://localhost/docs/' in answer


def test_a_client_cannot_choose_the_request_id(proxy: Nginx) -> None:
    assert re.fullmatch('[0-9a-f]{32}', post_event(proxy, **{'X-Request-ID': 'chosen'}).headers['X-Request-ID'])


@pytest.mark.parametrize('path', ['/metrics', '//metrics', '/%6detrics', '/health/live', '/health/../health/ready'])
def test_monitoring_is_not_public(proxy: Nginx, path: str) -> None:
    assert request(proxy, 'GET', path).status == 404


def log_in(proxy: Nginx, user: str, **headers: str) -> int:
    """Send a wrong password with the form of the admin."""
    origin = f'https://localhost:{proxy.tls_port}'
    cookie = request(proxy, 'GET', LOGIN).headers['Set-Cookie'].partition(';')[0]
    form = {'csrfmiddlewaretoken': cookie.partition('=')[2], 'username': user, 'password': 'wrong'}
    sent = {**FORM, 'Cookie': cookie, 'Origin': origin, 'Referer': origin + LOGIN, **headers}
    return request(proxy, 'POST', LOGIN, urlencode(form).encode(), sent).status


@pytest.mark.parametrize('name', ['X-Forwarded-For', 'X_Forwarded_For'])
def test_a_client_cannot_choose_its_address(proxy: Nginx, server: Server, name: str) -> None:
    """The lock of the login counts failures for each address."""
    # Not 403: the admin compares its own host and port with the origin of the form.
    user = f'nobody-{uuid4().hex}'
    assert log_in(proxy, user, **{name: '203.0.113.7'}) == 200

    def addresses() -> list[str]:
        return [line['address'] for line in server.lines() if line.get('user') == user]

    wait_for(lambda: bool(addresses()))
    assert addresses() == ['127.0.0.1']


def test_logins_are_limited(proxy: Nginx) -> None:
    statuses = [request(proxy, 'POST', LOGIN, b'', FORM).status for _ in range(20)]

    assert (statuses[0], statuses[-1]) == (403, 429)
    assert post_event(proxy).status == 204
