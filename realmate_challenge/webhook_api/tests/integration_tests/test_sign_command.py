"""`manage.py sign_event`, and what the deployment check says of secrets."""

import io
import re
import sys
from pathlib import Path
from typing import Final

import orjson
import pytest
from django.core import checks
from django.core.management import CommandError, call_command
from pytest_django import Settings

from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.payloads import NEW_CONVERSATION
from realmate_challenge.webhook_api.tests.support.signing import OTHER_SECRET, SECRET

# As nobody would serialise it: it is signed byte for byte.
BODY: Final = b' ' + orjson.dumps({**NEW_CONVERSATION, 'surplus': 'é'}, option=orjson.OPT_INDENT_2) + b'\r\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / 'event.json'
    file.write_bytes(BODY)
    return file


def headers_from(source: str) -> dict[str, str]:
    """What the command prints, as WSGI names it."""
    out = io.StringIO()
    call_command('sign_event', source, stdout=out)
    lines = [line.split(': ', 1) for line in out.getvalue().splitlines()]
    return {f'HTTP_{name.upper().replace("-", "_")}': value for name, value in lines}


@pytest.mark.django_db
@pytest.mark.parametrize(('scheme', 'secret'), [('standard', SECRET), ('hub', 'any text, ação')])
def test_what_it_prints_lets_the_event_in(
    post_event: PostEvent, settings: Settings, file: Path, scheme: str, secret: str
) -> None:
    settings.WEBHOOK_SECRETS, settings.WEBHOOK_SIGNATURE_SCHEME = [secret, OTHER_SECRET], scheme
    headers = headers_from(str(file))

    assert len(headers) == (3 if scheme == 'standard' else 1)
    assert post_event(BODY.strip(), **headers).status_code == 401
    assert post_event(BODY, **headers).status_code == 204


def test_it_signs_with_the_first_secret(settings: Settings, file: Path) -> None:
    """Which is the new one, while secrets are rotated."""
    settings.WEBHOOK_SIGNATURE_SCHEME = 'hub'
    printed = []
    for secrets in (['new', 'old'], ['new'], ['old']):
        settings.WEBHOOK_SECRETS = secrets
        printed.append(headers_from(str(file)))

    assert printed[0] == printed[1] != printed[2]


@pytest.mark.parametrize('scheme', ['standard', 'hub'])
def test_a_dash_is_standard_input(settings: Settings, file: Path, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WEBHOOK_SECRETS, settings.WEBHOOK_SIGNATURE_SCHEME = [SECRET], scheme
    monkeypatch.setattr(sys, 'stdin', io.TextIOWrapper(io.BytesIO(BODY)))

    assert headers_from('-').keys() == headers_from(str(file)).keys()


def test_each_signing_is_a_delivery_of_its_own(settings: Settings, file: Path) -> None:
    settings.WEBHOOK_SECRETS = [SECRET]
    first, second = headers_from(str(file)), headers_from(str(file))

    assert re.fullmatch(r'msg_[0-9a-f]{32}', first['HTTP_WEBHOOK_ID'])
    assert first['HTTP_WEBHOOK_ID'] != second['HTTP_WEBHOOK_ID']


def test_what_cannot_be_signed_is_one_line(settings: Settings, file: Path) -> None:
    with pytest.raises(CommandError, match=r'^WEBHOOK_SECRETS is not set'):
        call_command('sign_event', str(file))
    settings.WEBHOOK_SECRETS = [SECRET]
    with pytest.raises(CommandError, match='No such file'):
        call_command('sign_event', str(file.parent / 'missing.json'))
    with pytest.raises(CommandError, match='Is a directory'):
        call_command('sign_event', str(file.parent))
    file.write_bytes(b'\xff')
    with pytest.raises(CommandError, match=r'^The body is not UTF-8\.$'):
        call_command('sign_event', str(file))


@pytest.mark.parametrize(('secrets', 'is_warned'), [([], True), ([SECRET], False)])
def test_the_deployment_check_warns_where_anyone_can_post(
    settings: Settings, secrets: list[str], *, is_warned: bool
) -> None:
    settings.WEBHOOK_SECRETS = secrets

    assert ('webhook_api.W001' in {each.id for each in checks.run_checks(include_deployment_checks=True)}) is is_warned
    assert 'webhook_api.W001' not in {each.id for each in checks.run_checks()}
