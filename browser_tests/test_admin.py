"""The admin: log-in, lists, and the work of a support agent."""

import json
import re
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from browser_tests.conftest import OpenPage, log_in, take_screenshot
from browser_tests.events import (
    START,
    close_conversation,
    create_conversation,
    insert_conversation,
    new_conversation,
    new_message,
)
from browser_tests.service import PASSWORD, Service
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import CONVERSATIONS, EVENTS, MESSAGES

SEEDED: Final = 70


@pytest.fixture(scope='module')
def service(service: Service) -> Service:
    service.manage('seed', '--conversations', str(SEEDED), '--messages', '14', '--seed', '7')
    return service


def rows(page: Page) -> Locator:
    return page.locator('#result_list tbody tr')


def search(page: Page, term: str) -> None:
    page.locator('#searchbar').fill(term)
    page.get_by_role('button', name='Search').click()


def act(page: Page, action: str, selected: Locator) -> None:
    for row in selected.all():
        row.locator('[type=checkbox]').check()
    page.get_by_label('Action:').select_option(label=action)
    page.get_by_role('button', name='Go', exact=True).click()


def shows_every_column(page: Page) -> bool:
    return bool(page.locator('.results').evaluate('box => box.scrollWidth <= box.clientWidth'))


def test_list_of_conversations(new_page: OpenPage) -> None:
    page = new_page(viewport={'width': 1280, 'height': 760})
    page.goto(CONVERSATIONS)
    log_in(page, 'a guess')
    expect(page.locator('.errornote')).to_be_visible()
    log_in(page, PASSWORD)

    expect(rows(page)).to_have_count(50)
    assert page.locator('.field-message_count').all_inner_texts() == ['14'] * 50
    assert shows_every_column(page)
    take_screenshot(page, 'admin-conversations.png')
    page.locator('.paginator').get_by_role('link', name='2').click()
    expect(page).to_have_url(re.compile('p=2'))
    assert rows(page).count() >= SEEDED - 50
    page.locator('#changelist-filter').get_by_role('link', name='closed').click()
    expect(page).to_have_url(re.compile('status__exact=CLOSED'))
    assert set(rows(page).locator('.field-status').all_inner_texts()) == {'closed'}
    search(page, '<script>alert(1)</script>')
    expect(rows(page)).to_have_count(0)
    expect(page.locator('#searchbar')).to_have_value('<script>alert(1)</script>')


def test_admin_is_in_portuguese_in_a_brazilian_browser(admin_page: OpenPage) -> None:
    page = admin_page(CONVERSATIONS, locale='pt-BR')
    expect(page.locator('#site-name')).to_have_text('Atendimento')
    rows(page).first.locator('.field-id a').click()

    expect(page.locator('.author').first).to_have_text('Cliente')
    expect(page.get_by_text('A conversa começa aqui.')).to_be_visible()


def test_support_agent_finds_a_conversation_and_erases_it(admin_page: OpenPage, service: Service) -> None:
    conversation = str(create_conversation(service, 'Bom dia', 'Como posso ajudar?', 'Apaguem meus dados.'))
    again = new_conversation(UUID(conversation), START + timedelta(minutes=1))
    assert [service.post(again), service.post(again)] == [400, 400]

    page = admin_page(MESSAGES)
    search(page, conversation)
    expect(rows(page).locator('.field-excerpt')).to_have_text(['Bom dia', 'Como posso ajudar?', 'Apaguem meus dados.'])
    page.goto(CONVERSATIONS)
    search(page, '2025-02-21')
    expect(rows(page).filter(has_text=conversation)).to_have_count(1)
    search(page, conversation[:13])
    rows(page).locator('.field-id a').click()
    page.get_by_role('link', name='Unapplied events').click()
    expect(rows(page).locator('.field-reason')).to_have_text('CONVERSATION_ALREADY_EXISTS')
    expect(rows(page).locator('.field-deliveries')).to_have_text('2')
    rows(page).locator('.field-conversation a').click()
    page.get_by_role('link', name='Erase').click()
    page.get_by_role('link', name=re.compile('No, take me back')).click()
    page.goto(f'{CONVERSATIONS}{conversation}/change/')
    expect(page.locator('.message')).to_have_count(3)
    page.get_by_role('link', name='Erase').click()
    expect(page.get_by_text('Messages: 3')).to_be_visible()
    page.get_by_role('button', name=re.compile('sure')).click()
    expect(page.locator('.messagelist .success')).to_contain_text(conversation)
    search(page, conversation)
    expect(rows(page)).to_have_count(0)


def test_support_agent_applies_and_dismisses_unapplied_events(admin_page: OpenPage, service: Service) -> None:
    known, unknown, other = create_conversation(service, 'Bom dia'), uuid4(), uuid4()
    now = START + timedelta(hours=1)
    message = new_message(unknown, 'Bom dia! <b>Ainda</b> tem vaga? 👋', now)
    held = [message, close_conversation(unknown, now), new_message(other, 'Alô?', now), close_conversation(other, now)]
    assert {service.post(event) for event in held} == {404}
    assert service.post(close_conversation(known, now)) == 204
    assert service.post(new_message(known, 'Só mais uma coisa', now + timedelta(hours=1))) == 400

    page = admin_page(EVENTS, viewport={'width': 1280, 'height': 760})
    unknown_rows, other_rows = (rows(page).filter(has_text=str(conversation)) for conversation in (unknown, other))
    assert shows_every_column(page)
    act(page, 'Apply now', unknown_rows)
    expect(page.locator('.messagelist')).to_have_text('Events: 2 still held')
    insert_conversation(service, unknown)
    act(page, 'Apply now', unknown_rows)
    expect(page.locator('.messagelist')).to_have_text('Events: 2 applied')
    expect(unknown_rows.locator('.field-status')).to_have_text(['applied', 'applied'])
    act(page, 'Dismiss', other_rows.first)
    expect(page.locator('.messagelist')).to_have_text('Events: 1 dismissed')
    expect(other_rows.locator('.field-status')).to_have_text(['dismissed', 'held'])
    take_screenshot(page, 'unapplied-events.png')

    other_rows.last.locator('.field-id a').click()
    payload = page.locator('.field-payload .readonly')
    assert json.loads(payload.text_content() or '')['data'] == held[2]['data']
    page.goto(f'{CONVERSATIONS}{unknown}/change/')
    expect(page.locator('.message .content')).to_have_text(message['data']['content'])
