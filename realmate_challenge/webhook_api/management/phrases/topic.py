"""What a conversation can be about."""

from typing import NamedTuple, final


@final
class Exchange(NamedTuple):
    """The customer asks, an agent answers. `more` is the customer's second line, `extra` the agent's.

    Names in braces are filled in by `dialogue`.
    """

    ask: str
    answer: str
    more: str = ''
    extra: str = ''


@final
class Topic(NamedTuple):
    """`need` comes first, and can open a conversation; the details follow in this order."""

    need: Exchange
    details: tuple[Exchange, ...]
