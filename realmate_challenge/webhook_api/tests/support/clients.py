"""Many senders at once, each with a connection that it keeps."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from http.client import HTTPConnection
from threading import Barrier
from typing import Any, Final

import orjson

CLIENTS: Final = 16
JSON: Final = {'Content-Type': 'application/json'}
PATIENCE_SECONDS: Final = 60


def connect(port: int) -> HTTPConnection:
    return HTTPConnection('127.0.0.1', port, timeout=PATIENCE_SECONDS)


def post_all(port: int, events: Sequence[object], clients: int = CLIENTS) -> list[int]:
    """Posts the events, dealt out to clients that begin at once; the statuses in the order of the events."""
    bodies = [orjson.dumps(event) for event in events]
    hands = [range(client, len(bodies), clients) for client in range(clients)]
    start = Barrier(clients)
    statuses: dict[int, int] = {}
    with ThreadPoolExecutor(clients) as pool:
        for dealt in pool.map(partial(_play, port, bodies, start), hands):
            statuses.update(dealt)
    return [statuses[number] for number in range(len(bodies))]


def _play(port: int, bodies: Sequence[bytes], start: Barrier, hand: range) -> dict[int, int]:
    with closing(connect(port)) as connection:
        connection.connect()
        start.wait()
        return {number: _post(connection, bodies[number]) for number in hand}


def _post(connection: HTTPConnection, body: bytes) -> int:
    connection.request('POST', '/webhook/', body, JSON)
    response = connection.getresponse()
    response.read()
    return response.status


def read(port: int, conversation_id: object) -> dict[str, Any]:
    with closing(connect(port)) as connection:
        connection.request('GET', f'/conversations/{conversation_id}/?page_size=100')
        response = connection.getresponse()
        body = response.read()
    assert response.status == 200, body
    document: dict[str, Any] = orjson.loads(body)
    return document
