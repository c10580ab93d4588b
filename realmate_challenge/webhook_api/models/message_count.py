"""How many messages a conversation has, without counting them."""

from django.db import models

from realmate_challenge.webhook_api.models.conversation import Conversation


class MessageCount(models.Model):
    """Kept by triggers on the table of messages (see migration 0002), so that no way of writing can forget it.

    The count of a conversation is the sum over its shards: writers that work in parallel each have a shard of their
    own, and so do not wait for each other's commit, as they would for a single row.
    """

    pk = models.CompositePrimaryKey('conversation_id', 'shard')
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name='+', db_index=False)
    shard = models.PositiveSmallIntegerField()
    messages = models.BigIntegerField()

    def __str__(self) -> str:
        return f'{self.conversation_id}/{self.shard}: {self.messages}'
