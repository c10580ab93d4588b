"""Senders that work in parallel, and deliver each event until it is acknowledged."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, final

from realmate_challenge.webhook_api.tests.support.client import Answer, Client
from realmate_challenge.webhook_api.tests.support.payloads import Payload

SENDERS: Final = 8
PAUSE_SECONDS: Final = 0.1
GIVE_UP_SECONDS: Final = 120
NO_ANSWER: Final = 0

type Lane = Sequence[Payload]


@final
class Journal:
    """What the senders saw."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.silent_refusals = 0  # 503s without Retry-After
        self._lock = threading.Lock()

    def note(self, answer: Answer | None) -> None:
        with self._lock:
            self.statuses[NO_ANSWER if answer is None else answer.status] += 1
            if answer is not None and answer.status == 503 and not answer.headers.get('retry-after', '').isdigit():
                self.silent_refusals += 1

    def figures(self) -> dict[str, int]:
        """Answers by status."""
        return {f'answered_{status}' if status else 'unanswered': n for status, n in sorted(self.statuses.items())}

    @property
    def settled(self) -> int:
        """Events that the service has taken: applied, or kept."""
        with self._lock:
            return self.statuses[204] + self.statuses[404]


def deliver(client: Client, event: Payload, journal: Journal) -> None:
    """Until it is a 204; or a 404, by which the service says that it holds the event: nobody sends that again."""
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while time.monotonic() < deadline:
        answer = _post(client, event)
        journal.note(answer)
        if answer is not None and answer.status not in {500, 503}:
            return
        time.sleep(PAUSE_SECONDS)


def _post(client: Client, event: Payload) -> Answer | None:
    try:
        return client.post(event)
    except OSError:
        return None


@contextmanager
def sending(port: int, lanes: Iterable[Lane], journal: Journal) -> Iterator[Callable[[], bool]]:
    """Each lane is sent in its order, several side by side. Gives whether all is sent; waits for that at the end."""
    waiting = iter(list(lanes))
    lock = threading.Lock()

    def next_lane() -> Lane | None:
        with lock:
            return next(waiting, None)

    def send() -> None:
        with Client(port) as client:
            while (lane := next_lane()) is not None:
                for event in lane:
                    deliver(client, event, journal)

    with ThreadPoolExecutor(SENDERS, thread_name_prefix='sender') as pool:
        running: list[Future[None]] = [pool.submit(send) for _ in range(SENDERS)]
        yield lambda: all(future.done() for future in running)
        for future in running:
            future.result()
