"""What the use cases need of somebody who makes conversations up."""

from collections.abc import Iterator
from typing import Protocol

from realmate_challenge.webhook_api.entities.message import MessageDirection

type Line = tuple[MessageDirection, str]


class DialogueWriter(Protocol):
    def lines(self, length: int, *, hour: int, ends: bool, seed: int) -> Iterator[Line]:
        """`length` lines, the customer's first, written one by one. The same arguments give the same lines.

        `hour` is the customer's own hour when the dialogue begins. One that `ends` takes its leave if it is long
        enough to; another one breaks off where it is.
        """
