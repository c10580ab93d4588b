"""The admin: events that did not apply, and what an operator does about them."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from browser_tests.admin import act, rows, search
from browser_tests.conftest import Browse
from browser_tests.events import REFUSED, START, closed, hold, message, open_unseen, opened, told
from browser_tests.service import Service
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import EVENTS, transcript_of


@pytest.fixture
def page(desk: Browse) -> Page:
    page = desk()
    page.goto(EVENTS)
    return page


def test_shows_the_known_fields_of_an_event(page: Page, service: Service) -> None:
    event = hold(service)
    search(page, event['data']['conversation_id'])
    rows(page).locator('.field-id a').click()

    payload = page.locator('.field-payload_text pre')
    assert json.loads(payload.text_content() or '')['data'] == event['data']
    assert payload.locator('b').count() == 0
    expect(page.locator('.field-reason')).to_contain_text('CONVERSATION_NOT_FOUND')


def test_apply_now_applies_what_was_held(page: Page, service: Service) -> None:
    event = hold(service)
    conversation = UUID(event['data']['conversation_id'])
    search(page, str(conversation))
    page.locator('#action-toggle').check()
    act(page, 'Apply now')
    expect(page.locator('.messagelist')).to_have_text('1 event: 1 still held')
    expect(rows(page).locator('.field-status')).to_have_text('held')

    open_unseen(service, conversation)
    page.locator('#action-toggle').check()
    act(page, 'Apply now')
    expect(page.locator('.messagelist')).to_have_text('1 event: 1 applied')
    expect(rows(page).locator('.field-status')).to_have_text('applied')
    page.goto(transcript_of(conversation))
    expect(page.locator('.message .content')).to_have_text(event['data']['content'])


def test_dismiss_settles_without_applying(page: Page, service: Service) -> None:
    event = hold(service)
    conversation = UUID(event['data']['conversation_id'])
    search(page, str(conversation))
    page.locator('#action-toggle').check()
    act(page, 'Dismiss')

    expect(page.locator('.messagelist')).to_have_text('1 event: 1 dismissed')
    expect(rows(page).locator('.field-status')).to_have_text('dismissed')
    page.locator('#action-toggle').check()
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
