"""What the use cases need to store whole conversations at once."""

from collections.abc import Callable, Iterable
from typing import Protocol

from realmate_challenge.webhook_api.entities.history import History


class HistoryRepository(Protocol):
    """Instants are aware and in UTC."""

    def add_all(self, histories: Iterable[History], *, on_progress: Callable[[int], None]) -> None:
        """Store histories with ids that are all new: every one, durably, when it returns; none if it raises.

        Reads the histories one after the other, each to its end. Memory grows neither with their number nor with
        their length. `on_progress` is told, now and then, how many messages are written, though not yet committed.
        """
