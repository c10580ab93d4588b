"""The admin: many unapplied events at once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from browser_tests.admin import act, rows
from browser_tests.conftest import Browse
from browser_tests.events import HELD, REFUSED, Event, closed, message, open_unseen, opened, told
from browser_tests.pictures import picture
from browser_tests.service import Service
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import EVENTS
from realmate_challenge.webhook_api.tests.support.payloads import changed

NOW: Final = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture(scope='module')
def unknown() -> list[UUID]:
    """Conversations that the platform speaks of, and has not announced."""
    return [uuid4() for _ in range(3)]


@pytest.fixture(scope='module')
def service(service: Service, unknown: list[UUID]) -> Service:
    for times, event in enumerate(held(unknown), 1):
        assert {service.post(event) for _ in range(times)} == {HELD}
    known = told(service)
    first = message(known, 'Bom dia', NOW)
    assert [service.post(first), service.post(closed(known, NOW))] == [204, 204]
    late = [message(known, content, NOW) for content in ('Pode confirmar a visita?', 'Alô?')]
    for event in (opened(known, NOW), changed(first, 'data.content', 'Boa tarde'), *late):
        assert service.post(event) == REFUSED
    return service


def held(conversations: list[UUID]) -> Iterator[Event]:
    for conversation in conversations:
        yield message(conversation, 'Bom dia! Ainda tem vaga na garagem?', NOW)
        yield closed(conversation, NOW)


@pytest.fixture
def page(desk: Browse) -> Page:
    page = desk(viewport={'width': 1280, 'height': 760})
    page.goto(EVENTS)
    return page


def of(page: Page, conversation: UUID) -> Locator:
    return rows(page).filter(has_text=str(conversation))


def test_every_column_is_in_sight(page: Page) -> None:
    assert page.locator('.results').evaluate('box => box.scrollWidth <= box.clientWidth')


def test_what_is_chosen_is_applied_and_the_rest_stays(page: Page, service: Service, unknown: list[UUID]) -> None:
    open_unseen(service, unknown[2])
    chosen = of(page, unknown[2])
    for row in chosen.all():
        row.locator('[type=checkbox]').check()
    act(page, 'Apply now')

    expect(page.locator('.messagelist')).to_have_text('2 events: 2 applied')
    expect(chosen.locator('.field-status')).to_have_text(['applied', 'applied'])
    expect(of(page, unknown[0]).locator('.field-status')).to_have_text(['held', 'held'])
    picture(page, 'unapplied-events.png')
