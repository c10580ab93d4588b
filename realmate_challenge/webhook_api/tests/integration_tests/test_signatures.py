"""Signatures of webhooks, in both schemes."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Final, NamedTuple, final

import hypothesis
import orjson
import pytest
from django.core import checks
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
SIGNATURE: Final = 'HTTP_WEBHOOK_SIGNATURE'
TIMESTAMP: Final = 'HTTP_WEBHOOK_TIMESTAMP'
HUB_SIGNATURE: Final = 'HTTP_X_HUB_SIGNATURE_256'


class Scheme(NamedTuple):
    name: str
    secrets: list[str]
    sign: Callable[..., Environ]


SCHEMES: Final = [
    Scheme('standard', [SECRET, OTHER_SECRET], standard),
    Scheme('hub', [HUB_SECRET, 'another secret'], hub),
]


@pytest.fixture(params=SCHEMES, ids=[each.name for each in SCHEMES])
def scheme(request: pytest.FixtureRequest, settings: Settings) -> Scheme:
    """Require signatures by the first secret of a scheme."""
    scheme: Scheme = request.param
    settings.WEBHOOK_SIGNATURE_SCHEME, settings.WEBHOOK_SECRETS = scheme.name, scheme.secrets[:1]
    return scheme


@pytest.fixture
def standard_scheme(settings: Settings) -> None:
    settings.WEBHOOK_SECRETS = [SECRET]


def assert_refused(answer: Answer, code: str = 'INVALID_SIGNATURE') -> None:
    assert error_of(answer) == (401, code)
    assert answer['WWW-Authenticate'] == 'Signature'
    stored = (models.Conversation.objects, models.Message.objects, models.UnappliedEvent.objects)
    assert not any(rows.exists() for rows in stored)


def test_signed_events_are_accepted(post_event: PostEvent, scheme: Scheme) -> None:
    for event in BRIEF:
        body = orjson.dumps(event)
        assert post_event(body, **scheme.sign(body)).status_code == 204


def test_any_of_the_secrets_may_sign(post_event: PostEvent, settings: Settings, scheme: Scheme) -> None:
    old, new = scheme.secrets
    for secrets, expected in (([old], [204, 401]), ([new, old], [204, 204]), ([new], [401, 204])):
        settings.WEBHOOK_SECRETS = secrets
        assert [post_event(BODY, **scheme.sign(BODY, secret)).status_code for secret in (old, new)] == expected


@pytest.mark.usefixtures('standard_scheme')
def test_any_of_the_signatures_may_match(post_event: PostEvent) -> None:
    headers = standard(BODY)
    headers[SIGNATURE] = f'{standard(BODY, OTHER_SECRET)[SIGNATURE]} v1a,AAAA {headers[SIGNATURE]}'

    assert post_event(BODY, **headers).status_code == 204


@pytest.mark.usefixtures('standard_scheme')
@pytest.mark.parametrize('seconds', [-295, 295])
def test_clocks_may_differ_by_five_minutes(post_event: PostEvent, seconds: float) -> None:
    assert post_event(BODY, **standard(BODY, at=time.time() + seconds)).status_code == 204


@final
class ClockOfTheSpecification(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> 'ClockOfTheSpecification':
        return cls(2021, 2, 25, 15, 2, 10, tzinfo=tz or UTC)


@pytest.mark.usefixtures('standard_scheme')
def test_the_example_of_standard_webhooks_is_authentic(post_event: PostEvent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('standardwebhooks.webhooks.datetime', ClockOfTheSpecification)
    headers = {
        'HTTP_WEBHOOK_ID': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        TIMESTAMP: '1614265330',
        SIGNATURE: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    }

    assert error_of(post_event(b'{"test": 2432232314}', **headers)) == (400, 'VALIDATION_ERROR')


def test_the_example_of_github_is_authentic(post_event: PostEvent, settings: Settings) -> None:
    settings.WEBHOOK_SIGNATURE_SCHEME, settings.WEBHOOK_SECRETS = 'hub', [HUB_SECRET]
    headers = {HUB_SIGNATURE: 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'}

    assert error_of(post_event(b'Hello, World!', **headers)) == (400, 'PARSE_ERROR')


def test_a_missing_header_is_refused(post_event: PostEvent, scheme: Scheme) -> None:
    (other,) = (each for each in SCHEMES if each is not scheme)
    signed = scheme.sign(BODY)
    for headers in (
        {},
        other.sign(BODY),
        *({key: value for key, value in signed.items() if key != missing} for missing in signed),
        *({**signed, empty: ''} for empty in signed),
    ):
        assert_refused(post_event(BODY, **headers), 'NOT_AUTHENTICATED')


def test_a_signature_of_something_else_is_refused(post_event: PostEvent, scheme: Scheme) -> None:
    assert_refused(post_event(BODY, **scheme.sign(BODY, scheme.secrets[1])))
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
    name = HUB_SIGNATURE if scheme.name == 'hub' else SIGNATURE

    assert_refused(post_event(BODY, **(headers | {name: change(headers[name])})))


@pytest.mark.usefixtures('standard_scheme')
@pytest.mark.parametrize('seconds', [-366 * 86_400, -301, 302])
def test_a_timestamp_out_of_tolerance_is_refused(post_event: PostEvent, seconds: int) -> None:
    assert_refused(post_event(BODY, **standard(BODY, at=time.time() + seconds)))


TIMESTAMPS: Final = [
    '+{}',
    '{}.0',
    '1e9',
    'nan',
    'inf',
    '-1',
    '0',
    '9' * 20,
    '9' * 5_000,
    '١٦١٤٢٦٥٣٣٠',
    '¹²³',
    '1_0',
    ' ',
]


@pytest.mark.usefixtures('standard_scheme')
@pytest.mark.parametrize('timestamp', TIMESTAMPS)
def test_another_timestamp_or_id_is_refused(post_event: PostEvent, timestamp: str) -> None:
    headers = standard(BODY)

    assert_refused(post_event(BODY, **(headers | {TIMESTAMP: timestamp.format(headers[TIMESTAMP])})))
    assert_refused(post_event(BODY, **(headers | {TIMESTAMP: str(int(time.time()) - 9)})))
    assert_refused(post_event(BODY, **(headers | {'HTTP_WEBHOOK_ID': 'msg_2'})))


anything: Final = (
    st.text(max_size=60) | st.from_regex(r'((v1,|sha256=)[A-Za-z0-9+/=,]{0,70} ?){0,4}') | st.from_regex(r'[0-9.e+-]+')
)
timestamps: Final = anything | st.builds(lambda: str(int(time.time())))
random_headers: Final = st.fixed_dictionaries(
    {'HTTP_WEBHOOK_ID': anything, TIMESTAMP: timestamps, SIGNATURE: anything, HUB_SIGNATURE: anything}
)


@hypothesis.settings(max_examples=200, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@given(headers=random_headers, body=st.binary(max_size=40))
def test_random_headers_are_refused(post_event: PostEvent, scheme: Scheme, headers: Environ, body: bytes) -> None:
    answer = post_event(body, **headers)
    code = error_of(answer)[1]

    assert code in {'NOT_AUTHENTICATED', 'INVALID_SIGNATURE'}
    assert_refused(answer, code)


@pytest.mark.usefixtures('standard_scheme')
@pytest.mark.parametrize(
    ('headers', 'message'),
    [
        ({TIMESTAMP: '', SIGNATURE: ''}, 'Missing header: webhook-timestamp, webhook-signature.'),
        ({TIMESTAMP: '1'}, 'The webhook-timestamp is not within 5 minutes of now.'),
        ({TIMESTAMP: 'x'}, 'The webhook-timestamp is not a whole number of seconds.'),
        ({SIGNATURE: 'v1,AAAA'}, 'No secret matches the signature.'),
    ],
)
def test_the_message_names_the_reason(post_event: PostEvent, headers: Environ, message: str) -> None:
    answer = post_event(BODY, **(standard(BODY) | headers))

    assert orjson.loads(answer.content)['errors'][0]['details'] == {'message': message}


class UnreadableBody:
    def read(self, size: int) -> bytes:
        raise AssertionError

    readline = read


def test_a_missing_signature_is_refused_before_the_body_is_read(post_event: PostEvent, scheme: Scheme) -> None:
    answer = post_event(b'', CONTENT_LENGTH='10', **{'wsgi.input': UnreadableBody()})

    assert_refused(answer, 'NOT_AUTHENTICATED')


@pytest.mark.parametrize(
    'body', [b'', b'{', b'\xff', b'{}', orjson.dumps({**NEW_CONVERSATION, 'timestamp': 1})], ids=repr
)
@pytest.mark.parametrize('content_type', ['application/json', 'text/plain', ''])
def test_a_signature_is_verified_before_the_body_is_parsed(
    post_event: PostEvent, scheme: Scheme, body: bytes, content_type: str
) -> None:
    forged = scheme.sign(body, scheme.secrets[1])

    assert_refused(post_event(body, content_type=content_type), 'NOT_AUTHENTICATED')
    assert_refused(post_event(body, content_type=content_type, **forged))


def test_authentic_requests_are_judged_by_their_content(
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


def test_without_secrets_any_signature_is_accepted(post_event: PostEvent) -> None:
    assert post_event(BODY, **{SIGNATURE: 'nonsense'}).status_code == 204


@pytest.mark.parametrize(('secrets', 'expected'), [([], True), ([SECRET], False)])
def test_the_deployment_check_warns_of_missing_secrets(
    settings: Settings, secrets: list[str], *, expected: bool
) -> None:
    settings.WEBHOOK_SECRETS = secrets

    found = {each.id for each in checks.run_checks(include_deployment_checks=True)}

    assert ('webhook_api.W001' in found) is expected
