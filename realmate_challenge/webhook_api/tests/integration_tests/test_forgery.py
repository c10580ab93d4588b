"""Nobody without the secret gets an event in: each try is a 401 in the envelope, and stores nothing."""

import base64
import time
from collections.abc import Callable
from typing import Final

import hypothesis
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.envelope import Answer, error_of
from realmate_challenge.webhook_api.tests.support.payloads import BRIEF, NEW_CONVERSATION
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
MEGABYTE: Final = 2**20


@pytest.fixture
def signed(settings: Settings) -> None:
    settings.WEBHOOK_SECRETS = [SECRET]


@pytest.fixture
def signed_by_hub(settings: Settings) -> None:
    settings.WEBHOOK_SECRETS = [HUB_SECRET]
    settings.WEBHOOK_SIGNATURE_SCHEME = 'hub'


def assert_refused(answer: Answer, code: str = 'INVALID_SIGNATURE') -> None:
    assert error_of(answer) == (401, code)
    assert answer['WWW-Authenticate'] == 'Signature'
    stored = (models.Conversation.objects, models.Message.objects, models.UnappliedEvent.objects)
    assert not any(rows.exists() for rows in stored)


@pytest.mark.usefixtures('signed')
def test_what_is_signed_is_taken(post_event: PostEvent) -> None:
    for event in BRIEF:
        body = orjson.dumps(event)
        assert post_event(body, **standard(body)).status_code == 204


@pytest.mark.usefixtures('signed_by_hub')
def test_by_the_hub_scheme_too(post_event: PostEvent) -> None:
    for event in BRIEF:
        body = orjson.dumps(event)
        assert post_event(body, **hub(body)).status_code == 204


@pytest.mark.usefixtures('signed')
@pytest.mark.parametrize('missing', [*standard(b''), None])
def test_a_missing_header(post_event: PostEvent, missing: str | None) -> None:
    headers = {name: value for name, value in standard(BODY).items() if missing not in {name, None}}

    assert_refused(post_event(BODY, **headers), 'NOT_AUTHENTICATED')
    assert_refused(post_event(BODY, **headers, **({missing: ''} if missing else {})), 'NOT_AUTHENTICATED')


@pytest.mark.usefixtures('signed')
@pytest.mark.parametrize(
    ('changed', 'message'),
    [
        ({SIGNATURE: ''}, 'Missing header: webhook-signature.'),
        ({TIMESTAMP: '', SIGNATURE: ''}, 'Missing header: webhook-timestamp, webhook-signature.'),
        ({TIMESTAMP: '1'}, 'The webhook-timestamp differs from the current time by more than 5 minutes.'),
        ({TIMESTAMP: 'x'}, 'The webhook-timestamp is not a whole number of seconds.'),
        ({SIGNATURE: 'v1,AAAA'}, 'No secret matches the signature.'),
    ],
)
def test_the_message_says_why(post_event: PostEvent, changed: Environ, message: str) -> None:
    answer = post_event(BODY, **{**standard(BODY), **changed})

    assert orjson.loads(answer.content)['errors'][0]['details'] == {'message': message}


class UnreadableBody:
    def read(self, size: int) -> bytes:
        raise AssertionError

    readline = read


@pytest.mark.parametrize('scheme', ['standard', 'hub'])
def test_no_signature_is_refused_before_the_body_is_read(
    post_event: PostEvent, settings: Settings, scheme: str
) -> None:
    settings.WEBHOOK_SECRETS, settings.WEBHOOK_SIGNATURE_SCHEME = [SECRET], scheme

    answer = post_event(b'', CONTENT_LENGTH='10', **{'wsgi.input': UnreadableBody()})

    assert_refused(answer, 'NOT_AUTHENTICATED')


def resigned(change: Callable[[str], str]) -> Callable[[], Environ]:
    headers = standard(BODY)
    return lambda: {**standard(BODY), SIGNATURE: change(headers[SIGNATURE])}


def signed_at(seconds_from_now: float) -> Callable[[], Environ]:
    return lambda: standard(BODY, at=time.time() + seconds_from_now)


def stamped(timestamp: str) -> Callable[[], Environ]:
    return lambda: {**standard(BODY), TIMESTAMP: timestamp}


FORGERIES: Final[dict[str, Callable[[], Environ]]] = {
    'of another secret': lambda: standard(BODY, OTHER_SECRET),
    'of another body': lambda: standard(BODY + b' '),
    'of another serialisation': lambda: standard(orjson.dumps(NEW_CONVERSATION, option=orjson.OPT_INDENT_2)),
    'of another delivery': lambda: {**standard(BODY), 'HTTP_WEBHOOK_ID': 'msg_2'},
    'of another second': lambda: {**standard(BODY), TIMESTAMP: str(int(time.time()) - 1)},
    'of the other scheme': lambda: {**standard(b''), **hub(BODY)},
    'replayed': signed_at(-301),
    'replayed after a year': signed_at(-366 * 86_400),
    'of the future': signed_at(302),
    'truncated': resigned(lambda signature: signature[:-4]),
    'one character of it changed': resigned(
        lambda signature: f'v1,{"A" if signature[3] != "A" else "B"}{signature[4:]}'
    ),
    'without padding': resigned(lambda signature: signature.rstrip('=')),
    'without a version': resigned(lambda signature: signature.removeprefix('v1,')),
    'of another version': resigned(lambda signature: signature.replace('v1,', 'v2,')),
    'with too many parts': resigned(lambda signature: f'{signature},x'),
    'in hexadecimal': resigned(lambda signature: f'v1,{base64.b64decode(signature[3:]).hex()}'),
    'no base64': resigned(lambda _: 'v1,%%%'),
    'empty': resigned(lambda _: 'v1,'),
    'a comma': resigned(lambda _: ','),
    'a space': resigned(lambda _: ' '),
    'not ASCII': resigned(lambda signature: f'{signature}é'),
    'a byte of no meaning': resigned(lambda signature: f'v1,\xff\xfe{signature}'),
    'a lone surrogate': resigned(lambda signature: f'v1,\udcff{signature}'),
    'a megabyte': resigned(lambda signature: signature + 'A' * MEGABYTE),
    'a megabyte of signatures': resigned(lambda _: 'v1,AAAA ' * (MEGABYTE // 8)),
    'a megabyte that begins well': resigned(lambda signature: f'{signature} {"v1,AAAA " * (MEGABYTE // 8)}'),
    'an exponent': stamped('1e9'),
    'no number': stamped('nan'),
    'infinite': stamped('inf'),
    'negative': stamped('-1'),
    'with a sign': stamped('+1'),
    'a fraction': stamped(f'{time.time():.3f}'),
    'zero': stamped('0'),
    'very large': stamped('9' * 20),
    'beyond any float': stamped('9' * 400),
    'beyond any integer': stamped('9' * 5_000),
    'digits of another script': stamped('١٦١٤٢٦٥٣٣٠'),
    'superscripts': stamped('¹²³'),
    'underscores': stamped('1_000'),
    'white space': stamped(' '),
}


@pytest.mark.usefixtures('signed')
@pytest.mark.parametrize('forgery', FORGERIES.values(), ids=list(FORGERIES))
def test_forgeries(post_event: PostEvent, forgery: Callable[[], Environ]) -> None:
    assert_refused(post_event(BODY, **forgery()))


@pytest.mark.usefixtures('signed')
@pytest.mark.parametrize('seconds', [-295, 295])
def test_clocks_may_differ_by_five_minutes(post_event: PostEvent, seconds: float) -> None:
    assert post_event(BODY, **signed_at(seconds)()).status_code == 204


HUB_FORGERIES: Final[dict[str, str]] = {
    'of another secret': hub(BODY, 'other')[HUB_SIGNATURE],
    'of another body': hub(BODY + b' ')[HUB_SIGNATURE],
    'truncated': hub(BODY)[HUB_SIGNATURE][:-1],
    'too long': hub(BODY)[HUB_SIGNATURE] + '0',
    'a megabyte': hub(BODY)[HUB_SIGNATURE] + 'A' * MEGABYTE,
    'without the algorithm': hub(BODY)[HUB_SIGNATURE].removeprefix('sha256='),
    'of another algorithm': hub(BODY)[HUB_SIGNATURE].replace('sha256', 'sha1'),
    'not ASCII': hub(BODY)[HUB_SIGNATURE] + 'é',
    'a lone surrogate': '\udcff',
    'nothing after the algorithm': 'sha256=',
}


@pytest.mark.usefixtures('signed_by_hub')
@pytest.mark.parametrize('signature', HUB_FORGERIES.values(), ids=list(HUB_FORGERIES))
def test_forgeries_of_the_hub_scheme(post_event: PostEvent, signature: str) -> None:
    assert_refused(post_event(BODY, **{HUB_SIGNATURE: signature}))


@pytest.mark.usefixtures('signed_by_hub')
@pytest.mark.parametrize('headers', [{}, {HUB_SIGNATURE: ''}, standard(BODY), {'HTTP_X_HUB_SIGNATURE': 'sha1=00'}])
def test_no_signature_of_the_hub_scheme(post_event: PostEvent, headers: Environ) -> None:
    assert_refused(post_event(BODY, **headers), 'NOT_AUTHENTICATED')


# What a server lets through, and what it should not.
anything: Final = (
    st.text(max_size=60) | st.from_regex(r'(v1,[A-Za-z0-9+/=,]{0,50} ?){0,4}') | st.from_regex(r'[0-9.e+-]+')
)


@pytest.mark.usefixtures('signed')
@hypothesis.settings(max_examples=200, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@given(delivery=anything, timestamp=anything | st.just(None), signature=anything, body=st.binary(max_size=40))
def test_random_headers(
    post_event: PostEvent, delivery: str, timestamp: str | None, signature: str, body: bytes
) -> None:
    stamp = str(int(time.time())) if timestamp is None else timestamp
    headers = {'HTTP_WEBHOOK_ID': delivery, TIMESTAMP: stamp, SIGNATURE: signature}

    answer = post_event(body, **headers)

    assert_refused(answer, error_of(answer)[1])
    assert error_of(answer)[1] in {'NOT_AUTHENTICATED', 'INVALID_SIGNATURE'}


@pytest.mark.usefixtures('signed_by_hub')
@hypothesis.settings(max_examples=200, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@given(signature=anything | st.from_regex(r'sha256=[0-9a-f]*'), body=st.binary(max_size=40))
def test_random_signatures_of_the_hub_scheme(post_event: PostEvent, signature: str, body: bytes) -> None:
    answer = post_event(body, **{HUB_SIGNATURE: signature})

    assert_refused(answer, error_of(answer)[1])
