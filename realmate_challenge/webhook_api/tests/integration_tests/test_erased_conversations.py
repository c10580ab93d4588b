"""An erased conversation stays erased: through the API, and with `manage.py erase_conversation`."""

import re
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings
from rest_framework.test import APIClient

from realmate_challenge.webhook_api import models, telemetry
from realmate_challenge.webhook_api.tests.conftest import PostEvent
from realmate_challenge.webhook_api.tests.support.envelope import error_of
from realmate_challenge.webhook_api.tests.support.fakes import in_database
from realmate_challenge.webhook_api.tests.support.payloads import (
    BRIEF,
    CLOSE_CONVERSATION,
    CONVERSATION_ID,
    MESSAGE_RECEIVED,
    MESSAGE_SENT,
    NEW_CONVERSATION,
    Payload,
    changed,
)

pytestmark = pytest.mark.django_db

ERASED_AT: Final = datetime(2025, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
TABLES: Final = (models.Conversation, models.Message, models.MessageCount, models.UnappliedEvent)


def erase(*arguments: str) -> str:
    out = StringIO()
    call_command('erase_conversation', *arguments, stdout=out)
    return out.getvalue()


def dropped(kind: str) -> float:
    return telemetry.EVENTS.labels(kind, 'dropped')._value.get()  # type: ignore[no-any-return]  # noqa: SLF001 - untyped


@pytest.mark.parametrize('before', [[], [MESSAGE_RECEIVED], BRIEF], ids=['unknown', 'held', 'complete'])
@pytest.mark.parametrize('accept_late', [False, True])
def test_later_deliveries_are_acknowledged_and_nothing_comes_back(
    post_event: PostEvent, api_client: APIClient, settings: Settings, before: list[Payload], *, accept_late: bool
) -> None:
    settings.WEBHOOK_ACCEPT_LATE_MESSAGES = accept_late
    for event in before:
        post_event(event)
    erase(CONVERSATION_ID)

    late = [
        changed(MESSAGE_SENT, 'data.id', str(uuid4())),
        changed(NEW_CONVERSATION, 'timestamp', '2025-01-01T00:00:00'),
    ]
    assert [post_event(event).status_code for event in [*reversed(BRIEF), *BRIEF, *late]] == [204] * 10

    assert not any(table.objects.exists() for table in TABLES)
    assert error_of(api_client.get(f'/conversations/{CONVERSATION_ID}/')) == (404, 'CONVERSATION_NOT_FOUND')
    assert error_of(api_client.get(f'/conversations/{CONVERSATION_ID}/?page=2')) == (404, 'CONVERSATION_NOT_FOUND')
    for status in ('', 'OPEN', 'CLOSED'):
        page = api_client.get('/conversations/', {'status': status}).json()
        assert (page['count'], page['results']) == (0, [])


@pytest.mark.parametrize(
    'event', [NEW_CONVERSATION, MESSAGE_RECEIVED, CLOSE_CONVERSATION], ids=lambda event: event['type']
)
def test_a_dropped_event_is_counted_and_logged(
    post_event: PostEvent, caplog: pytest.LogCaptureFixture, event: Payload
) -> None:
    erase(CONVERSATION_ID)
    before = dropped(event['type'])
    caplog.set_level('INFO')

    post_event(event)

    assert dropped(event['type']) == before + 1
    (line,) = [record for record in caplog.records if record.name == 'realmate_challenge.events']
    assert (vars(line)['outcome'], vars(line)['status']) == ('dropped', 204)


def test_exported_ids_are_erased_again_after_a_restore(post_event: PostEvent, tmp_path: Path) -> None:
    """Exported lines have the time of erasure. Lines without a time may be added."""
    other = uuid4()
    in_database().conversations.erase(UUID(CONVERSATION_ID), ERASED_AT)
    exported = erase('--export')
    assert exported == f'{CONVERSATION_ID} 2025-03-01T12:30:15.123456+00:00\n'
    models.Conversation.with_tombstones.all().delete()
    for event in BRIEF:
        post_event(event)
    file = tmp_path / 'erased'
    file.write_text(f'{exported}\r\n  {other.hex.upper()}  \n\n')

    assert erase('--from-file', str(file)) == '2 ids erased.\n'

    assert not any(table.objects.exists() for table in TABLES)
    assert erase('--export').splitlines()[0] == exported.rstrip()
    assert re.match(rf'{other} 20\d\d-\d\d-\d\dT', erase('--export').splitlines()[1])


def test_a_bad_line_is_named_and_nothing_is_erased(post_event: PostEvent, tmp_path: Path) -> None:
    post_event(NEW_CONVERSATION)
    file = tmp_path / 'erased'
    file.write_text(
        f'{CONVERSATION_ID}\nnonsense\n\n{CONVERSATION_ID} yesterday\n{CONVERSATION_ID} 2025-01-01T00:00 1\n'
    )

    with pytest.raises(CommandError, match=r'^Nothing was erased\. Not an id, or an id and a time: line 2, 4, 5\.$'):
        erase('--from-file', str(file))

    assert models.Conversation.objects.exists()
    with pytest.raises(CommandError, match=r'^The file cannot be read: '):
        erase('--from-file', str(file.with_name('missing')))
