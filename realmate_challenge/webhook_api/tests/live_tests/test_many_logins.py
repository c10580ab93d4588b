"""Many log-ins at once against the real server: they do not stop the webhook."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email.message import Message
from threading import Barrier
from typing import Final
from urllib.parse import urlencode
from uuid import uuid4

import orjson

from realmate_challenge.webhook_api.tests.support.clients import JSON, connect
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION, changed

CLIENTS: Final = 32
EVENTS: Final = 20
# A password check takes some tenths of a second: 32 of them, before an event gets a thread, take several seconds.
MAX_SECONDS: Final = 1.0
TOKEN: Final = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def log_in(port: int, start: Barrier) -> tuple[int, Message]:
    """Post a wrong password, at the same moment as the other clients."""
    with closing(connect(port)) as connection:
        connection.request('GET', '/admin/login/')
        form = connection.getresponse()
        cookie = form.headers['Set-Cookie'].partition(';')[0]
        (token,) = TOKEN.findall(form.read().decode())
        body = urlencode({'csrfmiddlewaretoken': token, 'username': uuid4().hex, 'password': 'wrong'})
        start.wait()
        headers = {'Content-Type': 'application/x-www-form-urlencoded', 'Cookie': cookie}
        connection.request('POST', '/admin/login/', body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers


def post_events(port: int, start: Barrier) -> list[tuple[int, float]]:
    """Return status and seconds of each event."""
    found = []
    with closing(connect(port)) as connection:
        connection.connect()
        start.wait()
        for _ in range(EVENTS):
            began = time.monotonic()
            connection.request(
                'POST', '/webhook/', orjson.dumps(changed(NEW_CONVERSATION, 'data.id', str(uuid4()))), JSON
            )
            answer = connection.getresponse()
            answer.read()
            found.append((answer.status, time.monotonic() - began))
    return found


def test_32_parallel_log_ins_do_not_stop_the_webhook(port: int) -> None:
    start = Barrier(CLIENTS + 1)
    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        events = pool.submit(post_events, port, start)
        logins = [pool.submit(log_in, port, start) for _ in range(CLIENTS)]

    assert [status for status, _ in events.result()] == [204] * EVENTS
    assert max(seconds for _, seconds in events.result()) < MAX_SECONDS
    answers = [each.result() for each in logins]
    assert {status for status, _ in answers} == {200, 429}
    for status, headers in answers:
        assert headers['Content-Type'].startswith('text/html')
        assert status == 200 or headers['Retry-After'] == '1'
