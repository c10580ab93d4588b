"""Write together the messages that arrive while another write is under way: a group commit.

One thread at a time writes. Threads that arrive meanwhile wait in a queue. When the write ends, the first of them
becomes the leader: it writes the whole queue with one statement and one commit, and the others follow, without a
statement of their own. A message that meets no other is written at once, and nobody waits for a timer. RocksDB writes
its log in this way ("write groups"), and MySQL its binary log ("binary log group commit").

No message waits for the fault of another: a group skips conversations that another transaction has locked, and if the
statement of a group fails, each of its messages is written alone, in its own thread and on its own connection.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from uuid import UUID

from django.db import Error

from realmate_challenge.webhook_api.entities.message import Message


def _acquired_lock() -> Lock:
    lock = Lock()
    lock.acquire()
    return lock


@dataclass(slots=True)
class Member:
    """A message of a group, and what its thread waits for."""

    message: Message
    # Released when `group` or `is_stored` is set.
    is_awake: Lock = field(default_factory=_acquired_lock)
    # Set for the leader only: the members of its group, in the order of arrival. The leader is the first.
    group: Sequence['Member'] = ()
    # None until the group has been written, and if its statement has failed.
    is_stored: bool | None = None


@dataclass(slots=True)
class GroupCommit:
    """`write` stores messages with different ids in one atomic step, and returns the ids of the stored ones."""

    write: Callable[[Sequence[Message]], frozenset[UUID]]
    _lock: Lock = field(default_factory=Lock)
    is_writing: bool = False
    queue: list[Member] = field(default_factory=list)

    def add(self, message: Message) -> bool | None:
        """Return whether a group stored the message, after its commit; None if the statement of the group failed.

        Raises: the error of `write`, if the message was the only one of its group.
        """
        member = Member(message)
        with self._lock:
            if self.is_writing:
                self.queue.append(member)
            else:
                self.is_writing = True
                member.group = [member]
        if not member.group:
            member.is_awake.acquire()
        if member.group:
            self._lead(member.group)
        return member.is_stored

    def _lead(self, group: Sequence[Member]) -> None:
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
            self._end(group)

    def _end(self, group: Sequence[Member]) -> None:
        """Wake the next leader, if threads have arrived, and the followers."""
        with self._lock:
            following, self.queue = self.queue, []
            self.is_writing = bool(following)
        if following:
            following[0].group = following
            following[0].is_awake.release()
        for member in group[1:]:
            member.is_awake.release()
