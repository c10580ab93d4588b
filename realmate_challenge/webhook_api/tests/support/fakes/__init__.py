"""Repositories in memory, for tests without a database. The contract tests run on these and on the ORM's."""

from realmate_challenge.webhook_api.tests.support.fakes.contention import (
    ContendedConversationRepository,
    ContendedMessageRepository,
)
from realmate_challenge.webhook_api.tests.support.fakes.conversations import InMemoryConversationRepository
from realmate_challenge.webhook_api.tests.support.fakes.messages import InMemoryMessageRepository
from realmate_challenge.webhook_api.tests.support.fakes.repositories import Repositories, in_database, in_memory
from realmate_challenge.webhook_api.tests.support.fakes.store import InMemoryStore
from realmate_challenge.webhook_api.tests.support.fakes.unapplied_events import InMemoryUnappliedEventRepository

__all__ = [
    'ContendedConversationRepository',
    'ContendedMessageRepository',
    'InMemoryConversationRepository',
    'InMemoryMessageRepository',
    'InMemoryStore',
    'InMemoryUnappliedEventRepository',
    'Repositories',
    'in_database',
    'in_memory',
]
