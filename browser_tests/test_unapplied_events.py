"""The admin: events that did not apply, and what an operator does about them."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Page, expect

from browser_tests.admin import rows, search
from browser_tests.conftest import Browse
from browser_tests.events import START, Event, closed, message, opened, told
from browser_tests.pictures import picture
from browser_tests.service import Service
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import EVENTS, transcript_of

HELD, REFUSED = 404, 400


@pytest.fixture
def page(desk: Browse) -> Page:
    page = desk()
    page.goto(EVENTS)
    return page


def hold(service: Service) -> Event:
    """A message that is kept, for its conversation is not known."""
    event = message(uuid4(), 'Olá, <b>tudo</b> bem? 👋')
    assert service.post(event) == HELD
    return event


def open_unseen(service: Service, conversation: UUID) -> None:
    """Behind the service's back, which would apply what is held."""
    service.manage(
        'shell',
        '--command',
        'from realmate_challenge.webhook_api.models import Conversation\n'
        f"Conversation.objects.create(id='{conversation}', status='OPEN', opened_at='{START.isoformat()}')",
    )


def act(page: Page, action: str) -> None:
    """On all that is listed."""
    page.locator('#action-toggle').check()
    page.get_by_label('Action:').select_option(label=action)
    page.get_by_role('button', name='Go', exact=True).click()


def test_shows_an_event_as_it_was_received(page: Page, service: Service) -> None:
    event = hold(service)
    search(page, event['data']['conversation_id'])
    rows(page).locator('.field-id a').click()

    payload = page.locator('.field-pretty_payload pre')
    assert payload.text_content() == json.dumps(event, indent=2, ensure_ascii=False)
    assert payload.locator('b').count() == 0
    expect(page.locator('.field-reason')).to_contain_text('CONVERSATION_NOT_FOUND')


def test_apply_now_applies_what_was_held(page: Page, service: Service) -> None:
    event = hold(service)
    conversation = UUID(event['data']['conversation_id'])
    search(page, str(conversation))
    act(page, 'Apply now')
    expect(page.locator('.messagelist')).to_have_text('1 event: 1 still held')
    expect(rows(page).locator('.field-status')).to_have_text('held')

    open_unseen(service, conversation)
    act(page, 'Apply now')
    expect(page.locator('.messagelist')).to_have_text('1 event: 1 applied')
    expect(rows(page).locator('.field-status')).to_have_text('applied')
    page.goto(transcript_of(conversation))
    expect(page.locator('.message .content')).to_have_text(event['data']['content'])


def test_dismiss_settles_without_applying(page: Page, service: Service) -> None:
    event = hold(service)
    conversation = UUID(event['data']['conversation_id'])
    search(page, str(conversation))
    act(page, 'Dismiss')

    expect(page.locator('.messagelist')).to_have_text('1 event: 1 dismissed')
    expect(rows(page).locator('.field-status')).to_have_text('dismissed')
    act(page, 'Apply now')
    expect(page.locator('.messagelist')).to_have_text('None of these is held or refused.')
    open_unseen(service, conversation)
    page.goto(transcript_of(conversation))
    expect(page.get_by_text('No messages yet.')).to_be_visible()


def test_the_filters_tell_held_from_refused(page: Page, service: Service) -> None:
    conversation = told(service, 'Obrigada!')
    assert service.post(closed(conversation, START + timedelta(hours=1))) == 204
    assert service.post(message(conversation, 'Só mais uma coisa', START + timedelta(hours=2))) == REFUSED
    hold(service)
    page.locator('#changelist-filter').get_by_role('link', name='refused').click()

    expect(rows(page).filter(has_text=str(conversation))).to_have_count(1)
    expect(rows(page).filter(has_text='held')).to_have_count(0)
    page.locator('#changelist-filter').get_by_role('link', name='CONVERSATION_CLOSED').click()
    expect(rows(page).filter(has_text=str(conversation))).to_have_count(1)


def test_a_transcript_leads_to_its_events(desk: Browse, service: Service) -> None:
    conversation = told(service, 'Boa tarde')
    again = opened(conversation, START + timedelta(minutes=1))
    assert [service.post(again), service.post(again)] == [REFUSED, REFUSED]
    page = desk()
    page.goto(transcript_of(conversation))
    page.get_by_role('link', name='Unapplied events').click()

    expect(rows(page)).to_have_count(1)
    expect(rows(page).locator('.field-reason')).to_have_text('CONVERSATION_ALREADY_EXISTS')
    expect(rows(page).locator('.field-deliveries')).to_have_text('2')
    rows(page).locator('.field-conversation a').click()
    expect(page.locator('.message .content')).to_have_text('Boa tarde')


@pytest.fixture
def busy_morning(service: Service) -> None:
    """A bit of everything."""
    now = datetime.now(UTC) - timedelta(hours=1)
    known = told(service, 'Bom dia')
    for deliveries in (3, 1, 2):
        conversation = uuid4()
        events = [message(conversation, 'Bom dia! Tem vaga na garagem?', now), closed(conversation, now)]
        assert {service.post(event) for event in events[:2] for _ in range(deliveries)} == {HELD}
    assert service.post(opened(known, now)) == REFUSED
    assert service.post(closed(known, now)) == 204
    for content in ('Pode confirmar a visita?', 'Alô?'):
        assert service.post(message(known, content, now)) == REFUSED


def test_every_column_is_in_sight(page: Page, busy_morning: None) -> None:
    page.goto(EVENTS)
    assert page.locator('.results').evaluate('box => box.scrollWidth <= box.clientWidth')


def test_the_list_of_a_busy_morning(desk: Browse, busy_morning: None) -> None:
    page = desk(viewport={'width': 1280, 'height': 760})
    page.goto(EVENTS)
    expect(rows(page).first.locator('.field-reason')).to_have_text('CONVERSATION_CLOSED')
    rows(page).nth(3).locator('[type=checkbox]').check()
    page.get_by_label('Action:').select_option(label='Apply now')
    picture(page, 'unapplied-events.png')
