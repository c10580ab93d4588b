"""What the reverse proxy of `deploy/nginx/realmate.conf` keeps away from the service."""

import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import orjson
import pytest

from realmate_challenge.webhook_api.tests.fault_tests.conftest import missing
from realmate_challenge.webhook_api.tests.support.databases import Database, empty
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.nginx import (
    LIMIT_SECONDS,
    NGINX,
    OPENSSL,
    Nginx,
)
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION
from realmate_challenge.webhook_api.tests.support.server import Server
from realmate_challenge.webhook_api.tests.support.waiting import wait_for

pytestmark = pytest.mark.faults

THREADS: Final = 4
STALLED: Final = 5 * THREADS
SLACK_SECONDS: Final = 4
MEBIBYTE: Final = 2**20
JSON: Final = {'Content-Type': 'application/json'}
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
            missing(name)
    empty(module_database)
    with Nginx(tmp_path, server.port) as running:
        yield running


@pytest.fixture
def stalled(proxy: Nginx) -> Iterator[ExitStack]:
    """Connections that are closed at the end."""
    with ExitStack() as connections:
        yield connections


def say(connections: ExitStack, proxy: Nginx, data: bytes, *, tls: bool = False) -> socket.socket:
    connection = connections.enter_context(proxy.connect(tls=tls))
    connection.sendall(data)
    return connection


def head(method: str, path: str, *lines: str) -> bytes:
    return '\r\n'.join([f'{method} {path} HTTP/1.1', 'Host: localhost', *lines, '', '']).encode()


def ask(
    proxy: Nginx, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> HTTPResponse:
    """Send one request by HTTPS; its answer, with the body in `response.content`."""
    with closing(HTTPSConnection('localhost', proxy.tls_port, context=proxy.trust(), timeout=30)) as connection:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        response.content = response.read()  # type: ignore[attr-defined]  # kept for the assertions
        return response


def post_event(proxy: Nginx) -> int:
    return ask(proxy, 'POST', '/webhook/', orjson.dumps(NEW_CONVERSATION), JSON).status


def assert_serves_at_once(proxy: Nginx) -> None:
    started_at = time.monotonic()
    assert post_event(proxy) == 204
    assert time.monotonic() - started_at < LIMIT_SECONDS


def ended_after(connection: socket.socket) -> float:
    """Seconds until the proxy closed the connection."""
    started_at = time.monotonic()
    with suppress(ConnectionError):
        while connection.recv(4096):
            pass
    return time.monotonic() - started_at


@pytest.mark.parametrize('tls', [False, True], ids=['http', 'https'])
def test_unfinished_headers_stop_nobody_and_are_closed(proxy: Nginx, stalled: ExitStack, *, tls: bool) -> None:
    opened = [say(stalled, proxy, b'POST /webhook/ HTTP/1.1\r\nHost: localhost\r\n', tls=tls) for _ in range(STALLED)]

    assert_serves_at_once(proxy)
    assert ended_after(opened[0]) < LIMIT_SECONDS + SLACK_SECONDS


@pytest.mark.parametrize('framing', ['Content-Length: 1000', 'Transfer-Encoding: chunked'])
@pytest.mark.parametrize('path', ['/webhook/', LOGIN, '/conversations/', '/nowhere/'])
def test_unfinished_bodies_stop_nobody_and_are_closed(
    proxy: Nginx, stalled: ExitStack, path: str, framing: str
) -> None:
    beginning = head('POST', path, framing) + b'9\r\n{'
    opened = [say(stalled, proxy, beginning, tls=True) for _ in range(STALLED)]

    assert_serves_at_once(proxy)
    assert ended_after(opened[0]) < LIMIT_SECONDS + SLACK_SECONDS


def test_unread_answers_stop_nobody(proxy: Nginx, stalled: ExitStack) -> None:
    for _ in range(STALLED):
        say(stalled, proxy, head('GET', '/redoc/?script='), tls=True)

    assert_serves_at_once(proxy)


@pytest.mark.parametrize('path', ['/webhook/', LOGIN, '/nowhere/'])
def test_a_body_over_the_cap_does_not_reach_the_service(proxy: Nginx, server: Server, path: str) -> None:
    before = server.log.read_bytes()

    assert ask(proxy, 'POST', path, b' ' * (MEBIBYTE + 1), JSON).status == 413
    assert server.log.read_bytes() == before


def test_https_is_https_to_the_service(proxy: Nginx) -> None:
    response = ask(proxy, 'GET', '/docs/')

    assert response.status == 200
    assert 'max-age=' in response.headers['Strict-Transport-Security']


SPOOFS: Final = {
    'nothing': [],
    'the header': ['X-Forwarded-Proto: https'],
    'twice': ['X-Forwarded-Proto: https', 'X-Forwarded-Proto: https'],
    'with underscores': ['X_Forwarded_Proto: https'],
    'with one underscore': ['X-Forwarded_Proto: https', 'X_Forwarded-Proto: https'],
    'in both spellings': ['X-Forwarded-Proto: https', 'X_Forwarded_Proto: https'],
}


@pytest.mark.parametrize('lines', SPOOFS.values(), ids=SPOOFS)
def test_plain_http_is_plain_to_the_service_whatever_the_client_says(
    proxy: Nginx, stalled: ExitStack, lines: list[str]
) -> None:
    connection = say(stalled, proxy, head('GET', '/docs/', *lines))

    answer = connection.recv(4096).decode().lower()
    assert answer.startswith('http/1.1 301 ')
    assert 'location: https://localhost/docs/' in answer


def test_without_the_proxy_the_service_would_believe_it(server: Server) -> None:
    with server.client() as client:
        assert client.get('/docs/', X_Forwarded_Proto='https').status == 200


def test_the_id_of_a_request_is_not_the_clients(proxy: Nginx) -> None:
    given = 'a-chosen-id'

    response = ask(proxy, 'POST', '/webhook/', orjson.dumps(NEW_CONVERSATION), {**JSON, 'X-Request-ID': given})
    assert re.fullmatch('[0-9a-f]{32}', response.headers['X-Request-ID'])


@pytest.mark.parametrize('path', ['/metrics', '//metrics', '/%6detrics', '/health/live', '/health/../health/ready'])
def test_monitoring_is_not_public(proxy: Nginx, path: str) -> None:
    assert ask(proxy, 'GET', path).status == 404


def log_in(proxy: Nginx, **headers: str) -> int:
    """Send a wrong password by the form of the admin."""
    origin = f'https://localhost:{proxy.tls_port}'
    cookie = ask(proxy, 'GET', LOGIN).headers['Set-Cookie'].partition(';')[0]
    form = {'csrfmiddlewaretoken': cookie.partition('=')[2], 'username': 'nobody', 'password': 'wrong'}
    sent = {**FORM, 'Cookie': cookie, 'Origin': origin, 'Referer': origin + LOGIN, **headers}
    return ask(proxy, 'POST', LOGIN, urlencode(form).encode(), sent).status


def test_a_form_of_the_admin_can_be_sent_through_the_proxy(proxy: Nginx) -> None:
    """The admin compares its host and port with the origin of the form."""
    # Not 403, which would be the refusal of a form from another site.
    assert log_in(proxy) == 200


@pytest.mark.parametrize('name', ['X-Forwarded-For', 'X_Forwarded_For'])
def test_a_client_cannot_choose_its_address(proxy: Nginx, server: Server, name: str) -> None:
    """The lock on log-in counts failures for each address."""
    before = len(server.lines())
    log_in(proxy, **{name: '203.0.113.7'})

    wait_for(lambda: any(line.get('address') for line in server.lines()[before:]))
    assert {line.get('address') for line in server.lines()[before:]} - {None} == {'127.0.0.1'}


def test_log_ins_are_limited(proxy: Nginx) -> None:
    statuses = [ask(proxy, 'POST', LOGIN, b'', FORM).status for _ in range(20)]

    assert statuses[0] == 403
    assert statuses[-1] == 429
    assert post_event(proxy) == 204


def test_two_hundred_slow_clients_beside_normal_traffic(proxy: Nginx, stalled: ExitStack) -> None:
    beginnings = [
        b'POST /webhook/ HTTP/1.1\r\n',
        head('POST', '/webhook/', 'Content-Length: 1000') + b'{',
        head('POST', LOGIN, 'Content-Length: 1000') + b'u',
        head('GET', '/redoc/?script='),
    ]
    opened = [say(stalled, proxy, beginnings[number % len(beginnings)]) for number in range(200)]

    def drip() -> None:
        for _ in range(4 * LIMIT_SECONDS):
            for connection in opened:
                with suppress(OSError):
                    connection.sendall(b' ')
            time.sleep(0.25)

    def send_events() -> list[int]:
        statuses = []
        with closing(HTTPConnection('localhost', proxy.port, timeout=30)) as connection:
            for _ in range(50):
                connection.request('POST', '/webhook/', orjson.dumps(NEW_CONVERSATION), JSON)
                response = connection.getresponse()
                response.read()
                statuses.append(response.status)
                time.sleep(0.02)
        return statuses

    with ThreadPoolExecutor() as threads:
        dripping = threads.submit(drip)
        senders = [threads.submit(send_events) for _ in range(4)]
        statuses = [status for sender in senders for status in sender.result()]
        dripping.result()

    assert statuses == [204] * 200
