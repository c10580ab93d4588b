"""The watchdog of slow bodies, on real sockets of this process."""

import io
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Final

import pytest

from realmate_challenge.shared import slow_bodies
from realmate_challenge.shared.slow_bodies import BodyWatchdog, shut_down_waiting

type Pair = tuple[socket.socket, socket.socket]

pytestmark = pytest.mark.skipif(sys.platform != 'linux', reason='asks Linux how long a connection waits')

MOMENT: Final = 0.2
HERE: Final = frozenset({'127.0.0.1'})


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(('127.0.0.1', 0)) as server:
        yield server


@pytest.fixture
def port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


@pytest.fixture
def connection(listener: socket.socket, port: int) -> Iterator[Pair]:
    """The sender's end, and ours."""
    with socket.create_connection(('127.0.0.1', port)) as sender:
        ours, _ = listener.accept()
        with ours:
            ours.settimeout(10)
            yield sender, ours


def is_open(ours: socket.socket) -> bool:
    ours.settimeout(0)
    try:
        return ours.recv(1, socket.MSG_PEEK) != b''
    except BlockingIOError:
        return True


def test_shuts_down_who_waits_for_an_answer(connection: Pair, port: int) -> None:
    sender, ours = connection
    sender.sendall(b'half a bo')
    time.sleep(MOMENT)
    assert shut_down_waiting(port, HERE, MOMENT / 2) == 1
    assert ours.recv(100) == b'half a bo'
    assert ours.recv(100) == b''
    assert sender.recv(100) == b''


def test_leaves_who_does_not_wait_so_long(connection: Pair, port: int) -> None:
    sender, ours = connection
    sender.sendall(b'half a bo')
    assert shut_down_waiting(port, HERE, 60) == 0
    assert is_open(ours)


def test_leaves_who_has_an_answer(connection: Pair, port: int) -> None:
    sender, ours = connection
    sender.sendall(b'a request')
    time.sleep(MOMENT)
    ours.sendall(b'its answer')
    time.sleep(MOMENT)
    assert shut_down_waiting(port, HERE, MOMENT / 2) == 0
    assert is_open(ours)


def test_leaves_other_ports(connection: Pair, port: int) -> None:
    sender, ours = connection
    sender.sendall(b'half a bo')
    time.sleep(MOMENT)
    assert shut_down_waiting(port + 1, HERE, MOMENT / 2) == 0
    assert is_open(ours)


def test_leaves_other_senders(connection: Pair, port: int) -> None:
    sender, ours = connection
    sender.sendall(b'half a bo')
    time.sleep(MOMENT)
    assert shut_down_waiting(port, {'127.0.0.2'}, MOMENT / 2) == 0
    assert is_open(ours)


def test_leaves_who_listens(listener: socket.socket, port: int) -> None:
    time.sleep(MOMENT)
    assert shut_down_waiting(port, HERE, MOMENT / 2) == 0
    with socket.create_connection(('127.0.0.1', port)):
        listener.accept()[0].close()


def test_ends_a_read_that_takes_too_long(connection: Pair, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_bodies, 'INTERVAL_SECONDS', 0.05)
    sender, ours = connection
    sender.sendall(b'h')
    watchdog = BodyWatchdog(MOMENT)
    started_at = time.monotonic()
    with ours.makefile('rb') as stream:
        assert watchdog.read(stream, 100, port=port, address='127.0.0.1') == b'h'
    assert MOMENT <= time.monotonic() - started_at < 5


def test_touches_nothing_while_no_read_is_overdue(connection: Pair, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_bodies, 'INTERVAL_SECONDS', 0.01)
    sender, ours = connection
    sender.sendall(b'a request')
    watchdog = BodyWatchdog(MOMENT)
    with ours.makefile('rb') as stream:
        assert watchdog.read(stream, 9, port=port, address='127.0.0.1') == b'a request'
    time.sleep(2 * MOMENT)
    assert is_open(ours)


def test_one_watchdog_watches_all_readers(port: int) -> None:
    watchdog = BodyWatchdog(60)
    before = threading.active_count()
    for _ in range(3):
        watchdog.read(io.BytesIO(), 1, port=port, address='127.0.0.1')
    assert threading.active_count() == before + 1
