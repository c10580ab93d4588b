"""Test data: entities, events, and their rows. Every conversation opens at `OPENED_AT`, unless told otherwise."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from factory.base import Factory
from factory.declarations import Iterator, LazyFunction, Sequence, SubFactory, Trait
from factory.django import DjangoModelFactory
from factory.faker import Faker

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities import events
from realmate_challenge.webhook_api.entities.conversation import Conversation, ConversationStatus
from realmate_challenge.webhook_api.entities.message import Message, MessageDirection

OPENED_AT: Final = datetime(2025, 2, 21, 10, 20, 41, 349308, tzinfo=UTC)
CLOSED_AT: Final = OPENED_AT + timedelta(hours=1)


def sent_at(number: int) -> datetime:
    """A second after the opening, two seconds after it, and so on."""
    return OPENED_AT + timedelta(seconds=number + 1)


class ConversationFactory(Factory[Conversation]):
    class Meta:
        model = Conversation

    class Params:
        closed = Trait(closed_at=CLOSED_AT)

    id = LazyFunction(uuid4)
    opened_at = OPENED_AT


class MessageFactory(Factory[Message]):
    class Meta:
        model = Message

    id = LazyFunction(uuid4)
    conversation_id = LazyFunction(uuid4)
    direction = Iterator([MessageDirection.RECEIVED, MessageDirection.SENT])
    content = Faker('sentence', locale='pt_BR')
    timestamp = Sequence(sent_at)


class NewConversationFactory(Factory[events.NewConversation]):
    class Meta:
        model = events.NewConversation

    conversation_id = LazyFunction(uuid4)
    timestamp = OPENED_AT


class NewMessageFactory(Factory[events.NewMessage]):
    """Accepts the fields of the message."""

    class Meta:
        model = events.NewMessage

    @classmethod
    def _adjust_kwargs(cls, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a message
        return {'message': MessageFactory.build(**kwargs)}


class CloseConversationFactory(Factory[events.CloseConversation]):
    class Meta:
        model = events.CloseConversation

    conversation_id = LazyFunction(uuid4)
    timestamp = CLOSED_AT


class ConversationRowFactory(DjangoModelFactory[models.Conversation]):
    class Meta:
        model = models.Conversation

    class Params:
        closed = Trait(status=ConversationStatus.CLOSED, closed_at=CLOSED_AT)

    id = LazyFunction(uuid4)
    status = ConversationStatus.OPEN
    opened_at = OPENED_AT


class MessageRowFactory(DjangoModelFactory[models.Message]):
    class Meta:
        model = models.Message

    id = LazyFunction(uuid4)
    conversation: Any = SubFactory(ConversationRowFactory)
    direction = Iterator([MessageDirection.RECEIVED, MessageDirection.SENT])
    content = Faker('sentence', locale='pt_BR')
    external_timestamp = Sequence(sent_at)


def message_rows(conversation: models.Conversation, count: int) -> list[models.Message]:
    """`count` messages, a second apart, written at once."""
    rows = MessageRowFactory.build_batch(count, conversation=conversation)
    for number, row in enumerate(rows):
        row.external_timestamp = sent_at(number)
    return models.Message.objects.bulk_create(rows)
