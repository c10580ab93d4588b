from realmate_challenge.webhook_api.models.conversation import Conversation
from realmate_challenge.webhook_api.models.message import Message, MessageCount
from realmate_challenge.webhook_api.models.unapplied_event import UnappliedEvent

__all__ = ['Conversation', 'Message', 'MessageCount', 'UnappliedEvent']
