"""A time limit on reading request bodies, for a server that has none: granian's WSGI reads wait without a deadline.

Without it, as many clients as there are threads could stop the service by announcing a body and sending none. Reading
in a thread of its own would cost every request a hand-over; this costs a dictionary entry. A watchdog looks now and
then whether a read is overdue, and only then at the process's own connections: those from the same address that have
waited longer than the limit for our answer are shut down, which ends their read. Which of an address's connections it
is nobody says, so others of it that had to wait that long are cut off with it. Who is cut off delivers again.
"""

import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import Final, Protocol, final

INTERVAL_SECONDS: Final = 1.0
# `struct tcp_info` of linux/tcp.h: milliseconds since data was last sent, and last received.
TCP_INFO_SIZE: Final = 60
LAST_DATA_SENT_OFFSET: Final = 44
LAST_DATA_RECEIVED_OFFSET: Final = 52


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@final
class BodyWatchdog:
    """One for each process. Linux only; elsewhere a reverse proxy has to limit slow bodies."""

    def __init__(self, limit_seconds: float) -> None:
        self._limit_seconds = limit_seconds
        self._reads: dict[int, tuple[float, str]] = {}
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def read(self, stream: Readable, size: int, *, port: int, address: str) -> bytes:
        """`stream.read(size)` from the peer's `address`, ended within the limit (and an interval).

        By shutting down connections from there to our `port`, if need be.
        """
        if self._thread is None:
            self._start(port)
        reader = threading.get_ident()
        self._reads[reader] = time.monotonic(), address
        try:
            return stream.read(size)
        finally:
            del self._reads[reader]

    def _start(self, port: int) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, args=(port,), name='slow-bodies', daemon=True)
                self._thread.start()

    def _run(self, port: int) -> None:
        while sys.platform == 'linux':
            time.sleep(INTERVAL_SECONDS)
            deadline = time.monotonic() - self._limit_seconds
            overdue = {address for started_at, address in tuple(self._reads.values()) if started_at < deadline}
            if overdue:
                shut_down_waiting(port, overdue, self._limit_seconds)


def shut_down_waiting(port: int, addresses: Collection[str], seconds: float) -> int:
    """Shut down this process's connections from `addresses` to `port` that wait so long for an answer. How many."""
    descriptors = [int(file.name) for file in Path('/proc/self/fd').iterdir()]
    return sum(_shut_down_if_waiting(descriptor, port, addresses, seconds) for descriptor in descriptors)


def _shut_down_if_waiting(descriptor: int, port: int, addresses: Collection[str], seconds: float) -> bool:
    try:
        with socket.socket(fileno=os.dup(descriptor)) as connection:
            is_ours = connection.getsockname()[1:2] == (port,) and connection.getpeername()[0] in addresses
            if not (is_ours and _waits(connection, seconds)):
                return False
            connection.shutdown(socket.SHUT_RDWR)
            return True
    except OSError:  # no socket, not connected, or closed meanwhile
        return False


def _waits(connection: socket.socket, seconds: float) -> bool:
    """Whether the peer sent something after our last answer, and that answer was so long ago."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_SIZE)
    (sent,) = struct.unpack_from('=I', info, LAST_DATA_SENT_OFFSET)
    (received,) = struct.unpack_from('=I', info, LAST_DATA_RECEIVED_OFFSET)
    return bool(received <= sent and sent > seconds * 1000)
