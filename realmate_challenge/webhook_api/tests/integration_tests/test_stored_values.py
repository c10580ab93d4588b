import hypothesis
import pytest
from hypothesis import strategies as st

from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.integration_tests.conftest import ReadConversation
from realmate_challenge.webhook_api.tests.support.payloads import (
    CONVERSATION_ID,
    MESSAGE_RECEIVED,
    NEW_CONVERSATION,
    changed,
)

pytestmark = pytest.mark.django_db

MAX_LENGTH = 65_536
TEXTS = {
    'spaces': '   três espaços   ',
    'only spaces': '   ',
    'newlines': '\r\num\rdois\ntrês\r\n\r\n',
    'other line breaks': 'a\u2028b\u2029c\x0bd\x0ce\x85f',
    'tabs and control characters': '\t\x01\x1b[31m\x7f',
    'emoji': '👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇧🇷',
    'right to left': 'مرحبا \u202eabc\u202c שלום',
    'composed and decomposed': 'é e\u0301 ﬁ Å Å',
    'zero width': 'a\u200bb\u200dc\ufeffd\u00adé',
    'byte order mark': '\ufeffOlá',
    'all planes': '\U0001f600\U00020000\U0010fffd\ufffe\uffff\U0010ffff\ufffd',
    'code': '{"a": 1} <script>alert(1)</script> \' OR 1=1; -- %s %(x)s {0} ${y} \\n \\u0041',
    'maximum length': '😀' * MAX_LENGTH,
}


@pytest.mark.parametrize('content', TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.usefixtures('conversation_is_open')
def test_text(post_event: PostEvent, read_conversation: ReadConversation, content: str) -> None:
    event = changed(MESSAGE_RECEIVED, 'data.content', content)

    # The second delivery is compared with the stored text.
    assert [post_event(event).status_code, post_event(event).status_code] == [204, 204]
    assert read_conversation()['messages'][0]['content'] == content


@hypothesis.given(content=st.text(st.characters(exclude_characters='\0', exclude_categories=['Cs']), min_size=1))
@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@pytest.mark.usefixtures('conversation_is_open')
def test_any_text(post_event: PostEvent, read_conversation: ReadConversation, content: str) -> None:
    with_id = changed(MESSAGE_RECEIVED, 'data.id', f'{abs(hash(content)) % 2**64:032x}')

    assert post_event(changed(with_id, 'data.content', content)).status_code == 204
    assert content in [message['content'] for message in read_conversation(page_size=100)['messages']]


@pytest.mark.parametrize(
    ('sent', 'read'),
    [
        ('2025-02-21T10:20:41.349308', '2025-02-21T10:20:41.349308Z'),
        ('2025-02-21T10:20:41-03:00', '2025-02-21T13:20:41Z'),
        ('0001-01-01T00:00:00', '0001-01-01T00:00:00Z'),
        ('9999-12-31T23:59:59.999999', '9999-12-31T23:59:59.999999Z'),
    ],
)
def test_time(post_event: PostEvent, read_conversation: ReadConversation, sent: str, read: str) -> None:
    event = changed(NEW_CONVERSATION, 'timestamp', sent)

    # The second delivery is compared with the stored time.
    assert [post_event(event).status_code, post_event(event).status_code] == [204, 204]
    assert read_conversation(CONVERSATION_ID)['opened_at'] == read
