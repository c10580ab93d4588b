"""`present_transcript` gives what `TranscriptSerializer` declares."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from realmate_challenge.shared.http.renderers import OrjsonRenderer
from realmate_challenge.webhook_api.entities.message import MessageDirection
from realmate_challenge.webhook_api.entities.pages import Transcript
from realmate_challenge.webhook_api.serializers.transcripts import TranscriptSerializer, present_transcript
from realmate_challenge.webhook_api.tests.support.factories import ConversationFactory, MessageFactory

LINKS = ('http://testserver/?page=3', 'http://testserver/')


@pytest.mark.parametrize('closed_at', [None, datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)])
@pytest.mark.parametrize('microsecond', [0, 100000, 349308])
@pytest.mark.parametrize('direction', MessageDirection)
def test_both_give_the_same_json(microsecond: int, closed_at: datetime | None, direction: MessageDirection) -> None:
    instant = datetime(1, 1, 1, microsecond=microsecond, tzinfo=UTC)
    transcript = Transcript(
        conversation=ConversationFactory.build(opened_at=instant, closed_at=closed_at),
        message_count=7,
        messages=MessageFactory.build_batch(2, timestamp=instant, direction=direction, content=' Olá\r\n😀 '),
    )
    presented = present_transcript(transcript, LINKS)
    serializer: Any = TranscriptSerializer()

    rendered = OrjsonRenderer().render(presented)
    declared = OrjsonRenderer().render(serializer.to_representation({**presented, 'messages': transcript.messages}))

    assert rendered == declared
    assert orjson.loads(rendered)['closed_at'] == (closed_at and '9999-12-31T23:59:59.999999Z')
