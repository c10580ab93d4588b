"""Text is stored and returned exactly as sent."""

import hypothesis
import orjson
import pytest
from hypothesis import strategies as st

from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.integration_tests.conftest import ReadConversation
from realmate_challenge.webhook_api.tests.support.envelope import blamed
from realmate_challenge.webhook_api.tests.support.payloads import MESSAGE_RECEIVED, changed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures('conversation_is_open')]

MAX_LENGTH = 65_536
TEXTS = {
    'white space': ' \t\r\num\rdois\ntrês\r\n ',
    'other line breaks': 'a\u2028b\u2029c\x0bd\x0ce\x85f',
    'composed and decomposed': 'é e\u0301 ﬁ Å Å',
    'zero width, and a byte order mark': '\ufeffa\u200bb\u200dc\ufeffd\u00adé',
    'noncharacters': '\ufffe\uffff\U0010ffff\ufffd',
    'looks like something else': '{"a": 1} <script>alert(1)</script> \\n \\u0041',
    'maximum length': '😀' * MAX_LENGTH,
}


@pytest.mark.parametrize('content', TEXTS.values(), ids=TEXTS.keys())
def test_text_comes_back_exactly(post_event: PostEvent, read_conversation: ReadConversation, content: str) -> None:
    event = changed(MESSAGE_RECEIVED, 'data.content', content)

    assert post_event(event).status_code == 204
    assert read_conversation()['messages'][0]['content'] == content
    assert post_event(event).status_code == 204


@pytest.mark.parametrize('content', ['x' * (MAX_LENGTH + 1), '😀' * (MAX_LENGTH + 1)], ids=['ASCII', 'emoji'])
def test_one_character_too_many(post_event: PostEvent, read_conversation: ReadConversation, content: str) -> None:
    assert blamed(post_event(changed(MESSAGE_RECEIVED, 'data.content', content))) == {'data.content': 'max_length'}
    assert read_conversation()['count'] == 0


def test_no_text_at_all(post_event: PostEvent) -> None:
    assert blamed(post_event(changed(MESSAGE_RECEIVED, 'data.content', ''))) == {'data.content': 'blank'}


UNSTORABLE = [
    (rb'\u0000', 'null_character'),
    (rb'a\u0000b', 'null_character'),
    (rb'\ud800', 'surrogate'),
    (rb'a\uDFFFb', 'surrogate'),
    (rb'\ude00\ud83d', 'surrogate'),
    (rb'\ud83dx\ude00', 'surrogate'),
]


@pytest.mark.parametrize(('escape', 'code'), UNSTORABLE)
def test_text_that_cannot_be_stored(
    post_event: PostEvent, read_conversation: ReadConversation, escape: bytes, code: str
) -> None:
    body = orjson.dumps(changed(MESSAGE_RECEIVED, 'data.content', 'PLACE')).replace(b'PLACE', escape)

    assert blamed(post_event(body)) == {'data.content': code}
    assert read_conversation()['count'] == 0


@hypothesis.given(content=st.text(st.characters(exclude_characters='\0', exclude_categories=['Cs']), min_size=1))
@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_any_text_comes_back_exactly(post_event: PostEvent, read_conversation: ReadConversation, content: str) -> None:
    with_id = changed(MESSAGE_RECEIVED, 'data.id', f'{abs(hash(content)) % 2**64:032x}')

    assert post_event(changed(with_id, 'data.content', content)).status_code == 204
    assert content in [message['content'] for message in read_conversation(page_size=100)['messages']]
