"""Signatures of webhooks, in both schemes."""

import time
from collections.abc import Callable
from io import BytesIO
from typing import Final, NamedTuple

import hypothesis
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.envelope import Answer, error_of
from realmate_challenge.webhook_api.tests.support.payloads import BRIEF, MESSAGE_SENT, NEW_CONVERSATION
from realmate_challenge.webhook_api.tests.support.signing import (
    HUB_SECRET,
    OTHER_SECRET,
    SECRET,
    Environ,
    hub,
    standard,
)

pytestmark = pytest.mark.django_db

BODY: Final = orjson.dumps(NEW_CONVERSATION)
ID: Final = 'HTTP_WEBHOOK_ID'
TIMESTAMP: Final = 'HTTP_WEBHOOK_TIMESTAMP'
SIGNATURE: Final = 'HTTP_WEBHOOK_SIGNATURE'
HUB_SIGNATURE: Final = 'HTTP_X_HUB_SIGNATURE_256'


class Scheme(NamedTuple):
    name: str
    secrets: list[str]
    sign: Callable[..., Environ]
    signature: str


SCHEMES: Final = {
    'standard': Scheme('standard', [SECRET, OTHER_SECRET], standard, SIGNATURE),
    'hub': Scheme('hub', [HUB_SECRET, 'another secret'], hub, HUB_SIGNATURE),
}


@pytest.fixture(params=SCHEMES)
def scheme(request: pytest.FixtureRequest, settings: Settings) -> Scheme:
    """Require signatures by the first secret of a scheme."""
    scheme = SCHEMES[request.param]
    settings.WEBHOOK_SIGNATURE_SCHEME, settings.WEBHOOK_SECRETS = scheme.name, scheme.secrets[:1]
    return scheme


only_standard: Final = pytest.mark.parametrize('scheme', ['standard'], indirect=True)


def assert_refused(answer: Answer, code: str = 'INVALID_SIGNATURE', reason: str = '') -> None:
    assert error_of(answer) == (401, code)
    assert reason in orjson.loads(answer.content)['errors'][0]['details']['message']
    assert answer['WWW-Authenticate'] == 'Signature'
    stored = (models.Conversation.objects, models.Message.objects, models.UnappliedEvent.objects)
    assert not any(rows.exists() for rows in stored)


def test_the_helpers_sign_as_the_specifications_do() -> None:
    example = standard(b'{"test": 2432232314}', at=1614265330, delivery='msg_p5jXN8AQM9LWM0D4loKWxJek')
    digest = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'

    assert example[SIGNATURE] == 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    assert hub(b'Hello, World!') == {HUB_SIGNATURE: f'sha256={digest}'}


def test_signed_events_are_accepted(post_event: PostEvent, scheme: Scheme) -> None:
    for event in BRIEF:
        body = orjson.dumps(event)
        assert post_event(body, **scheme.sign(body)).status_code == 204


def test_any_of_the_secrets_may_sign(post_event: PostEvent, settings: Settings, scheme: Scheme) -> None:
    old, new = scheme.secrets
    for secrets, expected in (([old], [204, 401]), ([new, old], [204, 204]), ([new], [401, 204])):
        settings.WEBHOOK_SECRETS = secrets
        assert [post_event(BODY, **scheme.sign(BODY, secret)).status_code for secret in (old, new)] == expected


@only_standard
@pytest.mark.parametrize('seconds', [-295, 295])
def test_one_matching_signature_within_five_minutes_is_enough(
    post_event: PostEvent, scheme: Scheme, seconds: float
) -> None:
    headers = standard(BODY, at=time.time() + seconds)
    headers[SIGNATURE] = f'v1,AAAA v1a,AAAA {headers[SIGNATURE]}'

    assert post_event(BODY, **headers).status_code == 204


def test_a_missing_header_is_refused_before_the_body_is_read(post_event: PostEvent, scheme: Scheme) -> None:
    unreadable = BytesIO()
    unreadable.close()
    signed = scheme.sign(BODY)
    for missing in signed:
        others = {name: value for name, value in signed.items() if name != missing}
        reason = f'Missing header: {"X-Hub-Signature-256" if scheme.name == "hub" else missing[5:].lower()}.'
        for headers in (others, {**signed, missing: ''}):
            answer = post_event(b'', CONTENT_LENGTH='10', **headers, **{'wsgi.input': unreadable})
            assert_refused(answer, 'NOT_AUTHENTICATED', reason.replace('_', '-'))


def test_a_signature_of_something_else_is_refused(post_event: PostEvent, scheme: Scheme) -> None:
    assert_refused(post_event(BODY, **scheme.sign(BODY, scheme.secrets[1])), reason='No secret matches')
    assert_refused(post_event(BODY, **scheme.sign(BODY + b' ')))


CHANGES: Final[dict[str, Callable[[str], str]]] = {
    'one character changed': lambda signature: (
        f'{signature[:10]}{"A" if signature[10] != "A" else "B"}{signature[11:]}'
    ),
    'one character less': lambda signature: signature[:-1],
    'four characters less': lambda signature: signature[:-4],
    'no prefix': lambda signature: signature.removeprefix('v1,').removeprefix('sha256='),
    'another prefix': lambda signature: signature.replace('v1,', 'v2,').replace('sha256=', 'sha1='),
    'prefix alone': lambda signature: 'v1,' if signature.startswith('v1,') else 'sha256=',
    'three parts': lambda signature: f'{signature},x',
    'not base64': lambda _: 'v1,%%%',
    'not ASCII': lambda signature: f'{signature}é',
    'a lone surrogate': lambda signature: f'v1,\udcff{signature}',
    'after the limit of the header': lambda signature: f'{"v1,AAAA " * 512}{signature}',
}


@pytest.mark.parametrize('change', CHANGES.values(), ids=list(CHANGES))
def test_a_changed_signature_is_refused(post_event: PostEvent, scheme: Scheme, change: Callable[[str], str]) -> None:
    headers = scheme.sign(BODY)
    headers[scheme.signature] = change(headers[scheme.signature])

    assert_refused(post_event(BODY, **headers))


@only_standard
def test_a_timestamp_out_of_tolerance_and_changed_headers_are_refused(post_event: PostEvent, scheme: Scheme) -> None:
    for seconds in (-366 * 86_400, -301, 302):
        answer = post_event(BODY, **standard(BODY, at=time.time() + seconds))
        assert_refused(answer, reason=f'The webhook-timestamp is {"+-"[seconds < 0]}')
        assert_refused(answer, reason=' seconds from now; 300 are allowed.')
    for changed in ({TIMESTAMP: str(int(time.time()) - 9)}, {TIMESTAMP: '9' * 20}, {TIMESTAMP: '9' * 5_000}, {ID: 'x'}):
        assert_refused(post_event(BODY, **{**standard(BODY), **changed}))


@only_standard
@pytest.mark.parametrize('timestamp', ['+{}', '{}.0', '1e9', 'nan', '-1', '١٦١٤٢٦٥٣٣٠', '¹²³', '1_0', ' '])
def test_a_timestamp_that_is_no_whole_number_is_refused(post_event: PostEvent, scheme: Scheme, timestamp: str) -> None:
    headers = standard(BODY)
    headers[TIMESTAMP] = timestamp.format(headers[TIMESTAMP])

    assert_refused(post_event(BODY, **headers), reason='not a whole number of seconds')


anything: Final = (
    st.text(max_size=60) | st.from_regex(r'((v1,|sha256=)[A-Za-z0-9+/=,]{0,70} ?){0,4}') | st.from_regex(r'[0-9.e+-]+')
)
timestamps: Final = anything | st.builds(lambda: str(int(time.time())))
random_headers: Final = st.fixed_dictionaries(
    {ID: anything, TIMESTAMP: timestamps, SIGNATURE: anything, HUB_SIGNATURE: anything}
)


@hypothesis.settings(max_examples=200, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@given(headers=random_headers, body=st.binary(max_size=40))
def test_random_headers_are_refused(post_event: PostEvent, scheme: Scheme, headers: Environ, body: bytes) -> None:
    answer = post_event(body, **headers)

    assert_refused(answer, 'INVALID_SIGNATURE' if 'INVALID' in error_of(answer)[1] else 'NOT_AUTHENTICATED')


@pytest.mark.parametrize('body', [b'{', b'\xff', b'{}'], ids=repr)
@pytest.mark.parametrize('content_type', ['application/json', 'text/plain', ''])
def test_a_signature_is_verified_before_the_body_is_parsed(
    post_event: PostEvent, scheme: Scheme, body: bytes, content_type: str
) -> None:
    assert_refused(post_event(body, content_type=content_type), 'NOT_AUTHENTICATED')
    assert_refused(post_event(body, content_type=content_type, **scheme.sign(body, scheme.secrets[1])))


def test_authentic_requests_are_answered_by_their_content(
    post_event: PostEvent, settings: Settings, scheme: Scheme
) -> None:
    held = orjson.dumps(MESSAGE_SENT)

    assert error_of(post_event(b'{', **scheme.sign(b'{'))) == (400, 'PARSE_ERROR')
    assert error_of(post_event(BODY, content_type='text/plain', **scheme.sign(BODY)))[0] == 415
    assert not models.UnappliedEvent.objects.exists()
    assert error_of(post_event(held, **scheme.sign(held))) == (404, 'CONVERSATION_NOT_FOUND')
    assert models.UnappliedEvent.objects.count() == 1
    settings.WEBHOOK_MAX_BODY_BYTES = len(BODY) - 1
    assert error_of(post_event(BODY, **scheme.sign(BODY))) == (413, 'PAYLOAD_TOO_LARGE')


def test_without_secrets_a_wrong_signature_is_accepted(post_event: PostEvent) -> None:
    assert post_event(BODY, **{SIGNATURE: 'nonsense'}).status_code == 204
