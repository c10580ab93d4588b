"""Signatures that are good: the test vectors of both schemes, rotation, and what is looked at first."""

from datetime import UTC, datetime, tzinfo
from typing import Final, final

import orjson
import pytest
from pytest_django import Settings

from realmate_challenge.webhook_api import models
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.envelope import error_of
from realmate_challenge.webhook_api.tests.support.payloads import CONVERSATION_ID, NEW_CONVERSATION
from realmate_challenge.webhook_api.tests.support.signing import HUB_SECRET, OTHER_SECRET, SECRET, hub, standard

pytestmark = pytest.mark.django_db

BODY: Final = orjson.dumps(NEW_CONVERSATION)


@pytest.fixture
def signed(settings: Settings) -> None:
    settings.WEBHOOK_SECRETS = [SECRET]


@pytest.fixture
def signed_by_hub(settings: Settings) -> None:
    settings.WEBHOOK_SECRETS = [HUB_SECRET]
    settings.WEBHOOK_SIGNATURE_SCHEME = 'hub'


@final
class Then(datetime):
    """The clock of the specification's example."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> 'Then':
        return cls(2021, 2, 25, 15, 2, 10, tzinfo=tz or UTC)


VECTOR: Final = {
    'HTTP_WEBHOOK_ID': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'HTTP_WEBHOOK_TIMESTAMP': '1614265330',
    'HTTP_WEBHOOK_SIGNATURE': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
}
VECTOR_BODY: Final = b'{"test": 2432232314}'


@pytest.mark.usefixtures('signed')
def test_the_vector_of_standard_webhooks(post_event: PostEvent, monkeypatch: pytest.MonkeyPatch) -> None:
    """No event, but authentic: so it is read. With another byte, or now, it is not."""
    assert standard(VECTOR_BODY, at=1614265330, delivery='msg_p5jXN8AQM9LWM0D4loKWxJek') == VECTOR
    assert error_of(post_event(VECTOR_BODY, **VECTOR)) == (401, 'INVALID_SIGNATURE')

    monkeypatch.setattr('standardwebhooks.webhooks.datetime', Then)

    assert error_of(post_event(VECTOR_BODY, **VECTOR)) == (400, 'VALIDATION_ERROR')
    assert error_of(post_event(VECTOR_BODY + b' ', **VECTOR)) == (401, 'INVALID_SIGNATURE')


@pytest.mark.usefixtures('signed_by_hub')
def test_the_vector_of_github(post_event: PostEvent) -> None:
    signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
    assert hub(b'Hello, World!') == {'HTTP_X_HUB_SIGNATURE_256': signature}

    answer = post_event(b'Hello, World!', HTTP_X_HUB_SIGNATURE_256=signature)
    other = post_event(b'Hello, World?', HTTP_X_HUB_SIGNATURE_256=signature)

    assert error_of(answer) == (400, 'PARSE_ERROR')
    assert error_of(other) == (401, 'INVALID_SIGNATURE')


@pytest.mark.usefixtures('signed')
def test_one_good_signature_among_others_will_do(post_event: PostEvent) -> None:
    headers = standard(BODY)
    others = standard(BODY, OTHER_SECRET)['HTTP_WEBHOOK_SIGNATURE']
    headers['HTTP_WEBHOOK_SIGNATURE'] = f'{others} v1a,AAAA {headers["HTTP_WEBHOOK_SIGNATURE"]}'

    assert post_event(BODY, **headers).status_code == 204


def test_rotation(post_event: PostEvent, settings: Settings) -> None:
    def taken() -> list[bool]:
        return [post_event(BODY, **standard(BODY, secret)).status_code == 204 for secret in (SECRET, OTHER_SECRET)]

    settings.WEBHOOK_SECRETS = [SECRET]
    assert taken() == [True, False]
    settings.WEBHOOK_SECRETS = [OTHER_SECRET, SECRET]
    assert taken() == [True, True]
    settings.WEBHOOK_SECRETS = [OTHER_SECRET]
    assert taken() == [False, True]


def test_rotation_of_the_hub_scheme(post_event: PostEvent, settings: Settings) -> None:
    settings.WEBHOOK_SIGNATURE_SCHEME = 'hub'
    for secrets, expected in [(['old'], [204, 401]), (['new', 'old'], [204, 204]), (['new'], [401, 204])]:
        settings.WEBHOOK_SECRETS = secrets
        assert [post_event(BODY, **hub(BODY, secret)).status_code for secret in ('old', 'new')] == expected


def test_without_secrets_signatures_do_not_matter(post_event: PostEvent) -> None:
    assert post_event(BODY, HTTP_WEBHOOK_SIGNATURE='nonsense').status_code == 204


@pytest.mark.usefixtures('signed_by_hub')
@pytest.mark.parametrize('body', [b'\xff\xfe', b'{"type": "\xe9"}', b'', b'{'], ids=repr)
def test_authentic_but_no_json(post_event: PostEvent, body: bytes) -> None:
    assert error_of(post_event(body, **hub(body))) == (400, 'PARSE_ERROR')
    assert not models.UnappliedEvent.objects.exists()


@pytest.mark.usefixtures('signed')
@pytest.mark.parametrize(
    'body', [b'', b'{', b'\xff', b'{}', b'null', orjson.dumps({**NEW_CONVERSATION, 'timestamp': 1})], ids=repr
)
@pytest.mark.parametrize('content_type', ['application/json', 'text/plain', ''])
def test_who_sent_it_comes_before_what_it_is(post_event: PostEvent, body: bytes, content_type: str) -> None:
    """A stranger learns nothing of what the service would take."""
    assert error_of(post_event(body, content_type=content_type)) == (401, 'NOT_AUTHENTICATED')
    forged = post_event(body, content_type=content_type, **standard(body, OTHER_SECRET))
    assert error_of(forged) == (401, 'INVALID_SIGNATURE')


@pytest.mark.usefixtures('signed')
def test_an_authentic_event_of_another_media_type(post_event: PostEvent) -> None:
    answer = post_event(BODY, content_type='text/plain', **standard(BODY))

    assert error_of(answer) == (415, 'UNSUPPORTED_MEDIA_TYPE')


@pytest.mark.usefixtures('signed')
def test_a_body_over_the_cap_is_not_even_verified(post_event: PostEvent, settings: Settings) -> None:
    settings.WEBHOOK_MAX_BODY_BYTES = len(BODY) - 1

    assert error_of(post_event(BODY, **standard(BODY))) == (413, 'PAYLOAD_TOO_LARGE')
    assert not models.Conversation.objects.exists()


@pytest.mark.usefixtures('signed')
def test_an_event_that_is_held_was_authentic(post_event: PostEvent) -> None:
    close = orjson.dumps({**NEW_CONVERSATION, 'type': 'CLOSE_CONVERSATION'})

    assert error_of(post_event(close)) == (401, 'NOT_AUTHENTICATED')
    assert not models.UnappliedEvent.objects.exists()
    assert error_of(post_event(close, **standard(close))) == (404, 'CONVERSATION_NOT_FOUND')
    assert str(models.UnappliedEvent.objects.get().conversation_id) == CONVERSATION_ID
