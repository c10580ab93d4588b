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
# `struct tcp_info` of linux/tcp.h: milliseconds since data was last sent, and last received; segments sent with data.
TCP_INFO_SIZE: Final = 160
LAST_DATA_SENT_OFFSET: Final = 44
LAST_DATA_RECEIVED_OFFSET: Final = 52
DATA_SEGMENTS_SENT_OFFSET: Final = 156


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
            if overdue := self._overdue(self._limit_seconds):
                self._end(port, overdue)

    def _end(self, port: int, overdue: Collection[str]) -> None:
        found_some = shut_down(port, overdue, self._limit_seconds)
        if not found_some or self._overdue(2 * self._limit_seconds):
            # Whose request lay behind another, and so was received before the answer to that, seems to be idle.
            shut_down(port, self._overdue(self._limit_seconds), self._limit_seconds, idle_too=True)

    def _overdue(self, seconds: float) -> set[str]:
        """From where reads have gone on for longer."""
        deadline = time.monotonic() - seconds
        return {address for started_at, address in tuple(self._reads.values()) if started_at < deadline}


def shut_down(port: int, addresses: Collection[str], seconds: float, *, idle_too: bool = False) -> int:
    """Shut down this process's connections from `addresses` to `port` that wait so long for an answer. How many.

    With `idle_too`, also those whose last answer was so long ago, and that seem to want nothing.
    """
    descriptors = [int(file.name) for file in Path('/proc/self/fd').iterdir()]
    return sum(_shut_down(descriptor, port, addresses, seconds, idle_too=idle_too) for descriptor in descriptors)


def _shut_down(descriptor: int, port: int, addresses: Collection[str], seconds: float, *, idle_too: bool) -> bool:
    try:
        with socket.socket(fileno=os.dup(descriptor)) as connection:
            is_ours = connection.getsockname()[1:2] == (port,) and connection.getpeername()[0] in addresses
            if not (is_ours and _waits(connection, seconds, idle_too=idle_too)):
                return False
            connection.shutdown(socket.SHUT_RDWR)
            return True
    except OSError:  # no socket, not connected, or closed meanwhile
        return False


def _waits(connection: socket.socket, seconds: float, *, idle_too: bool) -> bool:
    """Whether the peer sent something after our last answer, and that answer was so long ago.

    Sent and received within one tick of the kernel's clock: the answer came last, if there was one at all.
    """
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_SIZE)
    sent, received, segments_sent = (
        struct.unpack_from('=I', info, offset)[0]
        for offset in (LAST_DATA_SENT_OFFSET, LAST_DATA_RECEIVED_OFFSET, DATA_SEGMENTS_SENT_OFFSET)
    )
    is_idle = received >= sent and segments_sent > 0
    return bool(sent > seconds * 1000 and (idle_too or not is_idle))
