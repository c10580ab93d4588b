"""Timestamps of events."""

import hypothesis
import orjson
import pytest
from hypothesis import strategies as st

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.integration_tests.conftest import ReadConversation
from realmate_challenge.webhook_api.tests.support.envelope import blamed
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION, changed

pytestmark = pytest.mark.django_db

VALID = [
    ('2025-02-21T10:20:41.349308', '2025-02-21T10:20:41.349308Z'),
    ('2025-02-21T10:20:41', '2025-02-21T10:20:41Z'),
    ('2025-02-21T10:20', '2025-02-21T10:20:00Z'),
    ('2025-02-21T10', '2025-02-21T10:00:00Z'),
    ('2025-02-21T10:20:41.3', '2025-02-21T10:20:41.300000Z'),
    ('2025-02-21T10:20:41.3493089999', '2025-02-21T10:20:41.349308Z'),
    ('2025-02-21t10:20:41z', '2025-02-21T10:20:41Z'),
    ('2025-02-21T10:20:41-03:00', '2025-02-21T13:20:41Z'),
    ('2025-02-21T10:20:41+0530', '2025-02-21T04:50:41Z'),
    ('2025-02-21T10:20:41+23:59', '2025-02-20T10:21:41Z'),
    ('2025-W08-5T10:20:41', '2025-02-21T10:20:41Z'),
    ('2025W085T102041', '2025-02-21T10:20:41Z'),
    ('2024-02-29T23:59:59.999999Z', '2024-02-29T23:59:59.999999Z'),
    ('0001-01-01T00:00:00', '0001-01-01T00:00:00Z'),
    ('0001-01-01T00:00:00-00:01', '0001-01-01T00:01:00Z'),
    ('9999-12-31T23:59:59.999999', '9999-12-31T23:59:59.999999Z'),
    ('9999-12-31T23:59:59.999999+00:01', '9999-12-31T23:58:59.999999Z'),
]
INVALID = [
    *['', ' ', 'now', 'yesterday', '1740133241', '1740133241.349308', '-1', 'NaN'],
    *['2025-02-21', '20250221', '2025-W08-5', '10:20:41', '2025-02', '2025-02-21T', '2025-02-21Z', '2025-052T10:20'],
    *['2025-02-21T24:00:01', '2025-02-21T25:00', '2025-02-21T10:60', '2025-02-21T10:20:60', '2025-02-21T23:59:60Z'],
    *['2025-02-30T10:20', '2025-13-01T10:20', '2025-00-01T10:20', '2025-02-00T10:20', '2025-02-29T10:20'],
    *['0000-01-01T00:00:00', '10000-01-01T00:00:00', '-001-01-01T00:00:00', '+2025-02-21T10:20:41'],
    *['2025-02-21T10:20:41+24:00', '2025-02-21T10:20:41+25', '2025-02-21T10:20:41+', '2025-02-21T10:20:41 Z'],
    *['2025-02-21_10:20:41', '2025-02-21x10:20:41'],
    *['2025-02-21T10:20:41 BRT', '21/02/2025 10:20:41'],
    *['2025-02-21T10:20:41xZ', '2025-02-21T10:20x+01:00', '2025-02-21T10:20:41 +03:00', '2025-02-21T10:20:41.'],
    *[' 2025-02-21T10:20:41', '2025-02-21T10:20:41\n', '2025-02-21T10:20:41\0', '2025-02-21T10:20:41Z\0'],
    *['2025-02-21T10\uff1a20\uff1a41'],
    *['\uff12025-02-21T10:20:41', '2025-02-21T10:20:41Zx'],
    *['2025-W54-1T10:20', '2025-W08-8T10:20', '2025-2-21T10:20:41'],
]  # fmt: skip
OUT_OF_RANGE = [
    '0001-01-01T00:00:00+00:01',
    '0001-01-01T00:00:00.000000+23:59',
    '9999-12-31T23:59:59.999999-00:01',
    '9999-12-31T00:01:00-23:59',
]


@pytest.mark.parametrize(('text', 'shown'), VALID)
def test_a_valid_timestamp(post_event: PostEvent, read_conversation: ReadConversation, text: str, shown: str) -> None:
    answer = post_event(changed(NEW_CONVERSATION, 'timestamp', text))

    assert answer.status_code == 204
    assert read_conversation()['opened_at'] == shown
    assert post_event(changed(NEW_CONVERSATION, 'timestamp', shown)).status_code == 204


def test_midnight_at_the_end_of_a_day_is_that_instant_or_refused(
    post_event: PostEvent, read_conversation: ReadConversation
) -> None:
    """Python 3.13.0 refuses it, later versions accept it."""
    answer = post_event(changed(NEW_CONVERSATION, 'timestamp', '2025-02-21T24:00:00'))

    if answer.status_code == 204:
        assert read_conversation()['opened_at'] == '2025-02-22T00:00:00Z'
    else:
        assert blamed(answer) == {'timestamp': 'invalid'}
    assert set(blamed(post_event(changed(NEW_CONVERSATION, 'timestamp', '9999-12-31T24:00:00')))) == {'timestamp'}


@pytest.mark.parametrize('text', INVALID)
def test_an_invalid_timestamp(post_event: PostEvent, text: str) -> None:
    assert blamed(post_event(changed(NEW_CONVERSATION, 'timestamp', text))) == {'timestamp': 'invalid'}
    assert not models.Conversation.objects.exists()


@pytest.mark.parametrize('text', OUT_OF_RANGE)
def test_a_timestamp_outside_the_years_1_to_9999(post_event: PostEvent, text: str) -> None:
    assert blamed(post_event(changed(NEW_CONVERSATION, 'timestamp', text))) == {'timestamp': 'out_of_range'}
    assert not models.Conversation.objects.exists()


@hypothesis.given(
    st.datetimes(timezones=st.timezones() | st.none(), allow_imaginary=False).map(lambda instant: instant.isoformat())
    | st.from_regex(r'\A[0-9]{4}-?(W?[0-9]{2}-?[0-9]{1,2})[Tt ][0-9:.,]{0,12}(Z|[+-][0-9:.]{0,9})?\Z')
    | st.text(max_size=30)
)
@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture], max_examples=150)
def test_any_text_is_a_timestamp_or_refused(post_event: PostEvent, text: str) -> None:
    event = changed(NEW_CONVERSATION, 'timestamp', text)
    body = orjson.dumps(changed(event, 'data.id', f'{abs(hash(text)) % 2**64:032x}'))

    answer = post_event(body)

    if answer.status_code != 204:
        assert set(blamed(answer)) == {'timestamp'}
