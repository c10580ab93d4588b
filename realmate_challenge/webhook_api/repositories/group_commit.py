"""Write together the messages that arrive while another write is under way: a group commit.

One thread at a time writes. Threads that arrive meanwhile wait in a queue. When the write ends, the first of them
becomes the leader: it writes the whole queue with one statement and one commit, and the others follow, without a
statement of their own. A message that meets no other is written at once, and nobody waits for a timer. RocksDB writes
its log in this way ("write groups"), and MySQL its binary log ("binary log group commit").

No message waits for the fault of another: a group skips conversations that another transaction has locked; if the
statement of a group fails, each of its messages is written alone, in its own thread and on its own connection; and a
message that has waited for `PATIENCE_SECONDS`, for example because a connection hangs, starts the next group at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Lock
from typing import Final
from uuid import UUID

from django.db import Error

from realmate_challenge.webhook_api.entities.message import Message

# A group takes milliseconds.
PATIENCE_SECONDS: Final = 1.0


def _acquired_lock() -> Lock:
    lock = Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class Member:
    """A message of a group, and what its thread waits for."""

    message: Message
    # Released when `group` or `is_stored` is set.
    is_awake: Lock = field(default_factory=_acquired_lock)
    # Set for the leader only: the members of its group, including itself, in the order of arrival.
    group: Sequence['Member'] = ()
    # None until the group has been written, and if its statement has failed.
    is_stored: bool | None = None
    # The member that this one wakes. Threads that wake at the same time would compete for the interpreter lock.
    next: 'Member | None' = None


@dataclass(slots=True)
class GroupCommit:
    """`write` stores messages with different ids in one atomic step, and returns the ids of the stored ones."""

    write: Callable[[Sequence[Message]], frozenset[UUID]]
    queue: list[Member] = field(default_factory=list)
    is_writing: bool = False
    _lock: Lock = field(default_factory=Lock)

    def add(self, message: Message) -> bool | None:
        """Return whether a group stored the message, after its commit; None if the statement of the group failed.

        Raises: the error of `write`, if the message was the only one of its group.
        """
        member = Member(message)
        with self._lock:
            self.queue.append(member)
            if not self.is_writing:
                self._promote(member)
        if not member.is_awake.acquire(timeout=PATIENCE_SECONDS):
            with self._lock:
                if member in self.queue:
                    self._promote(member)
            member.is_awake.acquire()
        if member.group:
            self._write(member.group)
        if member.next:
            member.next.is_awake.release()
        return member.is_stored

    def _promote(self, leader: Member) -> None:
        """Let a thread write the queue. The caller holds the lock."""
        leader.group, self.queue = self.queue, []
        self.is_writing = True
        leader.is_awake.release()

    def _write(self, group: Sequence[Member]) -> None:
        # Of several members with one id, the first one is written. The others find out alone whether they are copies.
        first = {member.message.id: member for member in reversed(group)}
        try:
            stored = self.write([member.message for member in first.values()])
            for member in group:
                member.is_stored = first[member.message.id] is member and member.message.id in stored
        except Error:
            if len(group) == 1:
                raise
        finally:
            with self._lock:
                if self.queue:
                    self._promote(self.queue[0])
                else:
                    self.is_writing = False
            followers = [member for member in group if not member.group]
            for member, following in pairwise(followers):
                member.next = following
            if followers:
                followers[0].is_awake.release()
