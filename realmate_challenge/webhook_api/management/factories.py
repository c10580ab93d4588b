"""Factories of database rows, shared by `manage.py seed` and the tests. They need the development dependencies."""

from typing import Any
from uuid import uuid4

from django.utils import timezone
from factory.declarations import Iterator, LazyAttribute, LazyFunction, SubFactory
from factory.django import DjangoModelFactory
from factory.faker import Faker

from realmate_challenge.webhook_api.entities.conversation import ConversationStatus
from realmate_challenge.webhook_api.entities.message import MessageDirection
from realmate_challenge.webhook_api.models import Conversation, Message


class ConversationRowFactory(DjangoModelFactory[Conversation]):
    class Meta:
        model = Conversation

    id = LazyFunction(uuid4)
    status = LazyAttribute(lambda row: ConversationStatus.CLOSED if row.closed_at else ConversationStatus.OPEN)
    opened_at: Any = LazyFunction(timezone.now)
    closed_at = None


class MessageRowFactory(DjangoModelFactory[Message]):
    class Meta:
        model = Message

    id = LazyFunction(uuid4)
    conversation: Any = SubFactory(ConversationRowFactory)
    direction = Iterator([MessageDirection.RECEIVED, MessageDirection.SENT])
    content = Faker('sentence', locale='pt_BR')
    external_timestamp: Any = LazyFunction(timezone.now)
