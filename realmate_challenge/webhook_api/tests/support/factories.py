"""Factories of entities, events and rows. By default a conversation opens at `OPENED_AT`."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from factory.base import Factory
from factory.declarations import Iterator, LazyFunction, Sequence, SubFactory, Trait
from factory.faker import Faker

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.entities import events
from realmate_challenge.webhook_api.entities.conversation import Conversation
from realmate_challenge.webhook_api.entities.message import Message, MessageDirection
from realmate_challenge.webhook_api.management import factories

OPENED_AT: Final = datetime(2025, 2, 21, 10, 20, 41, 349308, tzinfo=UTC)
CLOSED_AT: Final = OPENED_AT + timedelta(hours=1)


def sent_at(number: int) -> datetime:
    """Return the time of a message: one second after the opening for 0, and so on."""
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


class ConversationRowFactory(factories.ConversationRowFactory):
    class Params:
        closed = Trait(closed_at=CLOSED_AT)

    opened_at = OPENED_AT


class MessageRowFactory(factories.MessageRowFactory):
    conversation = SubFactory(ConversationRowFactory)
    external_timestamp = Sequence(sent_at)


def message_rows(conversation: models.Conversation, count: int) -> list[models.Message]:
    """Store `count` messages, one second apart."""
    rows = MessageRowFactory.build_batch(count, conversation=conversation)
    for number, row in enumerate(rows):
        row.external_timestamp = sent_at(number)
    return models.Message.objects.bulk_create(rows)
