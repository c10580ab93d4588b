"""Columns, constraints, indexes."""

from realmate_challenge.webhook_api.models.conversation import Conversation
from realmate_challenge.webhook_api.models.message import Message

__all__ = ['Conversation', 'Message']
