"""Races through the API, in threads with connections of their own; `tests/bounds.py` says how many rounds."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import chain, islice
from typing import Final

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from realmate_challenge.webhook_api import composition, models
from realmate_challenge.webhook_api.entities.conversation import ConversationStatus
from realmate_challenge.webhook_api.entities.events import CloseConversation, NewConversation, NewMessage, WebhookEvent
from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedFilter, UnappliedStatus
from realmate_challenge.webhook_api.serializers.events import encode_event
from realmate_challenge.webhook_api.tests.support.bounds import ROUNDS
from realmate_challenge.webhook_api.tests.support.crew import crew
from realmate_challenge.webhook_api.tests.support.factories import (
    CLOSED_AT,
    CloseConversationFactory,
    NewConversationFactory,
    NewMessageFactory,
    sent_at,
)
from realmate_challenge.webhook_api.use_cases.replay_events import ReplayEvents, ReplayResult

pytestmark = pytest.mark.django_db(transaction=True)

FEWER_ROUNDS: Final = max(ROUNDS // 10, 1)
MESSAGES: Final = 12


def delivery(event: WebhookEvent) -> Callable[[], int]:
    """Posts the event, and gives the status of the answer."""

    def post() -> int:
        client = APIClient(raise_request_exception=False)
        answer = client.generic('POST', '/webhook/', encode_event(event), content_type='application/json')
        return answer.status_code

    return post


def conversation_of(size: int) -> tuple[NewConversation, list[NewMessage], CloseConversation]:
    opening: NewConversation = NewConversationFactory.build()
    same = {'conversation_id': opening.conversation_id}
    messages = [NewMessageFactory.build(**same, timestamp=sent_at(number)) for number in range(size)]
    return opening, messages, CloseConversationFactory.build(**same, timestamp=CLOSED_AT)


def kept() -> Counter[str]:
    return Counter(models.UnappliedEvent.objects.values_list('status', flat=True))


@pytest.mark.parametrize('order', ['message, opening', 'opening, message'])
def test_a_first_message_and_its_opening(order: str) -> None:
    """Never stranded: whatever the message was answered, nobody delivers it again. Never doubled."""
    answers: Counter[int] = Counter()
    with crew(2) as threads:
        for _ in range(ROUNDS):
            opening, (message,), _ = conversation_of(1)
            calls = [delivery(message), delivery(opening)]
            answer, opened = (
                threads.together(calls) if order.startswith('message') else threads.together(calls[::-1])[::-1]
            )
            assert opened == 204
            assert answer in {204, 404}
            answers[answer] += 1
            stored = models.Message.objects.filter(conversation_id=opening.conversation_id)
            assert [row.id for row in stored] == [message.message.id]

    assert answers.total() == ROUNDS
    assert set(kept()) <= {UnappliedStatus.APPLIED}


def test_copies_of_everything_at_once() -> None:
    with crew(6) as threads:
        for _ in range(FEWER_ROUNDS):
            opening, (message,), close = conversation_of(1)
            events: list[WebhookEvent] = [opening, message, close]
            answers = threads.together([delivery(event) for event in events * 2])
            assert set(answers) <= {204, 400, 404}
            conversation = models.Conversation.objects.get(id=opening.conversation_id)
            assert conversation.closed_at == close.timestamp
            rows = models.UnappliedEvent.objects.filter(conversation_id=opening.conversation_id)
            refused = rows.filter(status=UnappliedStatus.REFUSED).count()
            assert models.Message.objects.filter(id=message.message.id).count() == 1 - refused

    assert UnappliedStatus.HELD not in kept()


def test_a_close_and_messages() -> None:
    """As many are stored as were acknowledged; the rest is refused, and kept."""
    with crew(MESSAGES + 1) as threads:
        for number in range(FEWER_ROUNDS):
            opening, messages, close = conversation_of(MESSAGES)
            assert delivery(opening)() == 204
            calls = [delivery(message) for message in messages]
            calls.insert(number % MESSAGES, delivery(close))
            answers = threads.together(calls)
            assert answers.pop(number % MESSAGES) == 204
            assert set(answers) <= {204, 400}
            stored = set(
                models.Message.objects.values_list('id', flat=True).filter(conversation=opening.conversation_id)
            )
            refused = models.UnappliedEvent.objects.filter(conversation_id=opening.conversation_id)
            assert stored == {
                message.message.id for message, answer in zip(messages, answers, strict=True) if answer == 204
            }
            assert refused.filter(status=UnappliedStatus.REFUSED).count() == MESSAGES - len(stored)


def test_an_opening_a_close_and_messages_with_late_ones_accepted(settings: Settings) -> None:
    """The whole story at once: whatever comes first, the end is the same, though nothing is delivered twice."""
    settings.WEBHOOK_ACCEPT_LATE_MESSAGES = True
    with crew(5) as threads:
        for _ in range(FEWER_ROUNDS):
            opening, messages, close = conversation_of(3)
            events: list[WebhookEvent] = [opening, *messages, close]
            answers = threads.together([delivery(event) for event in events])
            assert set(answers) <= {204, 404}
            conversation = models.Conversation.objects.get(id=opening.conversation_id)
            assert conversation.status == ConversationStatus.CLOSED
            assert conversation.messages.count() == 3

    assert set(kept()) <= {UnappliedStatus.APPLIED}


def tried(replay: ReplayEvents) -> list[ReplayResult]:
    return [result for _, result in replay(UnappliedFilter())]


def test_two_replays_at_once() -> None:
    """What an opener left behind that died before it looked at what was held. Each event is applied by one of them."""
    opening, messages, close = conversation_of(40)
    events: list[WebhookEvent] = [*messages, close]
    for event in events:
        assert delivery(event)() == 404
    models.Conversation.objects.create(
        id=opening.conversation_id, status=ConversationStatus.OPEN, opened_at=opening.timestamp
    )
    replay = composition.replay_events(accept_late=False)

    with crew(3) as threads:
        results = threads.together([partial(tried, replay)] * 3)

    counts = Counter(chain.from_iterable(results))
    assert set(counts) <= {ReplayResult.APPLIED, ReplayResult.ALREADY_APPLIED}
    assert counts[ReplayResult.APPLIED] == 41
    assert kept() == {UnappliedStatus.APPLIED: 41}
    assert models.Message.objects.count() == 40


def test_a_replay_beside_live_traffic() -> None:
    with crew(4) as threads:
        replay = composition.replay_events(accept_late=True)
        for _ in range(FEWER_ROUNDS):
            opening, messages, close = conversation_of(5)
            for event in islice(messages, 3):
                delivery(event)()
            live = [delivery(opening), delivery(messages[3]), delivery(messages[4])]
            threads.together([*live, lambda: len(tried(replay))])
            assert delivery(close)() == 204
            assert models.Message.objects.filter(conversation_id=opening.conversation_id).count() == 5

    assert set(kept()) <= {UnappliedStatus.APPLIED}
