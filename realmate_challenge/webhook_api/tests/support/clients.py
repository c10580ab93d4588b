"""Clients of a running server: one request at a time, or senders in parallel that retry until an event is accepted."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Final

import orjson

from realmate_challenge.webhook_api.tests.support import signing
from realmate_challenge.webhook_api.tests.support.payloads import Payload

JSON: Final = {'Content-Type': 'application/json'}
TIMEOUT_SECONDS: Final = 60
SENDERS: Final = 8
PAUSE_SECONDS: Final = 0.1
# Half of the time after which the server closes an idle connection. On a busy machine, tests can pause for longer.
IDLE_SECONDS: Final = 5
GIVE_UP_SECONDS: Final = 120
# In place of a status.
NO_ANSWER: Final = 0
WITHOUT_RETRY_AFTER: Final = -503


def connect(port: int) -> HTTPConnection:
    return HTTPConnection('127.0.0.1', port, timeout=TIMEOUT_SECONDS)


def signed(body: bytes, secret: str = signing.SECRET) -> dict[str, str]:
    """Return the headers of a signed event."""
    return {name.removeprefix('HTTP_').replace('_', '-'): text for name, text in signing.standard(body, secret).items()}


def wait_for(condition: Callable[[], bool], seconds: float = TIMEOUT_SECONDS) -> float:
    """Return the seconds until the condition is true. Raises: AssertionError after `seconds`."""
    started_at = time.monotonic()
    while not condition():
        assert time.monotonic() - started_at < seconds, 'The condition did not become true.'
        time.sleep(0.02)
    return time.monotonic() - started_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def error(self) -> tuple[int, str]:
        """Status and code of the only error of the envelope."""
        (error,) = orjson.loads(self.body)['errors']
        return self.status, str(error['code'])


class Client(AbstractContextManager['Client']):
    """One keep-alive connection, or a new one after a pause."""

    def __init__(self, port: int) -> None:
        self._connection = connect(port)
        self._used_at = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """Raises: OSError if there is no answer."""
        return self._request('GET', path, None, headers)

    def post(self, event: Payload | bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Raises: OSError if there is no answer; the event may have been stored."""
        body = event if isinstance(event, bytes) else orjson.dumps(event)
        return self._request('POST', '/webhook/', body, {**JSON, **(headers or {})})

    def _request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        if time.monotonic() - self._used_at > IDLE_SECONDS:
            # The request opens a new one.
            self._connection.close()
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            content = response.read()
            self._used_at = time.monotonic()
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise ConnectionError(str(error)) from error
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, headers=names, body=content)


class Journal:
    """Counts the answers that senders received, by their status."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self._lock = threading.Lock()

    def add(self, answer: Answer | None) -> None:
        status = answer.status if answer else NO_ANSWER
        if answer and status == 503 and not answer.headers.get('retry-after', '').isdigit():
            status = WITHOUT_RETRY_AFTER
        with self._lock:
            self.statuses[status] += 1

    @property
    def accepted(self) -> int:
        """The number of events that were applied or held."""
        return self.statuses[204] + self.statuses[404]


def deliver(port: int, events: Iterable[Payload], journal: Journal) -> None:
    """Post events in order, each until it is applied, held or refused."""
    with Client(port) as client:
        for event in events:
            deadline = time.monotonic() + GIVE_UP_SECONDS
            while time.monotonic() < deadline:
                answer = None
                with suppress(OSError):
                    answer = client.post(event)
                journal.add(answer)
                if answer and answer.status not in {500, 503}:
                    break
                time.sleep(PAUSE_SECONDS)


@contextmanager
def sending(port: int, lanes: Iterable[Sequence[Payload]], journal: Journal) -> Iterator[Callable[[], bool]]:
    """Send lanes in parallel, each in its order. Yield a function that tells whether all is sent; at the end, wait."""
    with ThreadPoolExecutor(SENDERS) as pool:
        running = [pool.submit(deliver, port, lane, journal) for lane in lanes]
        yield lambda: all(future.done() for future in running)
        for future in running:
            future.result()
