"""Hypothesis strategies: histories of conversations, and the deliveries that a platform can make of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from operator import attrgetter
from typing import Final
from uuid import UUID, uuid5

from hypothesis import strategies as st

from realmate_challenge.shared.errors import DomainError
from realmate_challenge.webhook_api.entities.events import (
    CloseConversation,
    NewConversation,
    NewMessage,
    WebhookEvent,
    digest,
)
from realmate_challenge.webhook_api.entities.message import Message, MessageDirection
from realmate_challenge.webhook_api.entities.pages import Transcript
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedEvent, UnappliedFilter
from realmate_challenge.webhook_api.tests.support.factories import OPENED_AT
from realmate_challenge.webhook_api.tests.support.fakes import Repositories, in_memory
from realmate_challenge.webhook_api.use_cases.handle_webhook_event import HandleWebhookEvent

type States = dict[UUID, Transcript | None]

EVERYTHING: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """`order` has each event once, as it happened; `arrivals` has the deliveries, with copies and in any order."""

    order: tuple[WebhookEvent, ...]
    arrivals: tuple[WebhookEvent, ...]

    def under(self, namespace: UUID) -> 'Delivery':
        """Return the delivery with other ids, because all examples of a test share a database."""
        return Delivery(
            order=tuple(_renamed(event, namespace) for event in self.order),
            arrivals=tuple(_renamed(event, namespace) for event in self.arrivals),
        )


def _renamed(event: WebhookEvent, namespace: UUID) -> WebhookEvent:
    conversation_id = uuid5(namespace, str(event.conversation_id))
    if isinstance(event, NewMessage):
        message_id = uuid5(namespace, str(event.message.id))
        return NewMessage(message=replace(event.message, id=message_id, conversation_id=conversation_id))
    return replace(event, conversation_id=conversation_id)


# Zero makes equal timestamps, and a negative number a clock that was set back.
_messages: Final = st.lists(
    st.tuples(st.integers(-1, 2), st.sampled_from(MessageDirection), st.sampled_from(['Oi', 'Olá, tudo bem?', ' '])),
    max_size=4,
)


@st.composite
def stories(draw: st.DrawFn, number: int) -> list[WebhookEvent]:
    """Draw the events of one conversation, in order. No message is later than the close."""
    conversation_id, now = UUID(int=number), OPENED_AT
    story: list[WebhookEvent] = [NewConversation(conversation_id=conversation_id, timestamp=now)]
    for index, (seconds, direction, content) in enumerate(draw(_messages)):
        now += timedelta(seconds=seconds)
        message = Message(
            id=UUID(int=1000 * number + index + 1),
            conversation_id=conversation_id,
            direction=direction,
            content=content,
            timestamp=now,
        )
        story.append(NewMessage(message=message))
    if draw(st.booleans()):
        ended = max(event.timestamp for event in story) + timedelta(microseconds=draw(st.integers(0, 1)))
        story.append(CloseConversation(conversation_id=conversation_id, timestamp=ended))
    return story


@st.composite
def deliveries(draw: st.DrawFn, *, complete: bool = True) -> Delivery:
    """Draw deliveries of one to three conversations. Unless `complete`, some events are never delivered."""
    order = [event for number in range(1, draw(st.integers(1, 3)) + 1) for event in draw(stories(number))]
    fewest = 1 if complete else 0
    copies = draw(st.lists(st.integers(fewest, 3), min_size=len(order), max_size=len(order)))
    arrivals = [event for event, times in zip(order, copies, strict=True) for _ in range(times)]
    return Delivery(
        order=tuple(event for event, times in zip(order, copies, strict=True) if times),
        arrivals=tuple(draw(st.permutations(arrivals))),
    )


def is_acknowledged(handle: HandleWebhookEvent, event: WebhookEvent) -> bool:
    """Return whether the sender gets a 204."""
    try:
        handle(event)
    except DomainError:
        return False
    return True


def states(repositories: Repositories, events: Iterable[WebhookEvent]) -> States:
    """Return the conversations of the events with all their messages, those of one instant by id."""
    found = {}
    for conversation_id in {event.conversation_id for event in events}:
        transcript = repositories.conversations.read_page(
            conversation_id, offset=0, limit=EVERYTHING, newest_first=False
        )
        if transcript:
            transcript = replace(transcript, messages=sorted(transcript.messages, key=attrgetter('timestamp', 'id')))
        found[conversation_id] = transcript
    return found


def states_in_order(order: Sequence[WebhookEvent]) -> States:
    """Return the conversations after each event was delivered once, in order."""
    memory = in_memory()
    for event in order:
        is_acknowledged(memory.handle_webhook_event(), event)
    return states(memory, order)


def unapplied(repositories: Repositories, events: Iterable[WebhookEvent]) -> dict[str, UnappliedEvent]:
    """Return the held and refused ones of the events by digest."""
    wanted = UnappliedFilter(digests=frozenset(map(digest, events)))
    return {kept.digest: kept for kept in repositories.unapplied_events.unapplied(wanted)}


def has_its_effect(event: WebhookEvent, found: States) -> bool:
    transcript = found[event.conversation_id]
    if transcript is None:
        return False
    match event:
        case NewConversation():
            return transcript.conversation.opened_at == event.timestamp
        case CloseConversation():
            return transcript.conversation.closed_at == event.timestamp
        case NewMessage():
            return event.message in transcript.messages
