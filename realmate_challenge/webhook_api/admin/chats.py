"""A page of a conversation as a chat: days, and who speaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final, final

from django.utils import timezone

from realmate_challenge.shared.pagination import PageRequest
from realmate_challenge.webhook_api.entities.message import Message
from realmate_challenge.webhook_api.entities.transcript import Transcript

PAGE_SIZE: Final = 50


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    message: Message
    begins_turn: bool  # whoever speaks did not speak before on this day


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    date: date
    bubbles: Sequence[Bubble]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Pages count from the newest; on a page, time runs downwards."""

    transcript: Transcript
    page: PageRequest

    @property
    def days(self) -> list[Day]:
        oldest_first = reversed(self.transcript.messages)
        by_date = groupby(oldest_first, key=lambda message: timezone.localdate(message.timestamp))
        return [Day(date=day, bubbles=_bubbles(list(messages))) for day, messages in by_date]

    @property
    def number(self) -> int:
        return self.page.number

    @property
    def last(self) -> int:
        return max(1, -(-self.transcript.message_count // self.page.size))

    @property
    def older(self) -> int | None:
        return self.number + 1 if self.number < self.last else None

    @property
    def newer(self) -> int | None:
        return self.number - 1 if self.number > 1 else None


def _bubbles(messages: Sequence[Message]) -> list[Bubble]:
    before = [None, *(message.direction for message in messages)]
    return [
        Bubble(message=message, begins_turn=message.direction != previous)
        for message, previous in zip(messages, before, strict=False)
    ]
