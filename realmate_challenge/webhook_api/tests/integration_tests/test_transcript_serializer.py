"""What is presented agrees with the fields that the serializer declares."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from realmate_challenge.shared.http.renderers import OrjsonRenderer
from realmate_challenge.webhook_api.entities.message import MessageDirection
from realmate_challenge.webhook_api.entities.transcript import Transcript
from realmate_challenge.webhook_api.serializers.transcripts import (
    MessageSerializer,
    TranscriptSerializer,
    present_transcript,
)
from realmate_challenge.webhook_api.tests.support.factories import ConversationFactory, MessageFactory

LINKS = ('http://testserver/?page=3', 'http://testserver/')
INSTANTS = [
    datetime(2025, 2, 21, 10, 20, 41, 349308, UTC),
    datetime(2025, 2, 21, 10, 20, 41, tzinfo=UTC),
    datetime(2025, 2, 21, 10, 20, 41, 100000, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),
]


def fast(transcript: Transcript) -> Any:  # noqa: ANN401 - JSON
    return orjson.loads(OrjsonRenderer().render(present_transcript(transcript, LINKS)))


def declared(transcript: Transcript) -> Any:  # noqa: ANN401 - JSON
    """REST framework's own rendering of the declared fields."""
    conversation = transcript.conversation
    flat = {
        'id': conversation.id,
        'status': conversation.status,
        'opened_at': conversation.opened_at,
        'closed_at': conversation.closed_at,
        'count': transcript.message_count,
        'next': LINKS[0],
        'previous': LINKS[1],
        'messages': transcript.messages,
    }
    serializer: Any = TranscriptSerializer()
    return orjson.loads(OrjsonRenderer().render(serializer.to_representation(flat)))


@pytest.mark.parametrize('closed_at', [None, *INSTANTS])
@pytest.mark.parametrize('instant', INSTANTS)
@pytest.mark.parametrize('direction', MessageDirection)
def test_both_give_the_same_json(instant: datetime, closed_at: datetime | None, direction: MessageDirection) -> None:
    messages = MessageFactory.build_batch(2, timestamp=instant, direction=direction, content=' Olá\r\n😀 ')
    transcript = Transcript(
        conversation=ConversationFactory.build(opened_at=instant, closed_at=closed_at),
        message_count=7,
        messages=messages,
    )

    assert fast(transcript) == declared(transcript)
    assert list(fast(transcript)) == list(TranscriptSerializer().fields)
    assert list(fast(transcript)['messages'][0]) == list(MessageSerializer().fields)
