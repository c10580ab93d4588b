"""The admin: logging in, and the list of conversations."""

import re
from typing import Final
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from browser_tests.admin import rows, search
from browser_tests.conftest import Browse, log_in
from browser_tests.pictures import picture
from browser_tests.service import PASSWORD, Service
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import CONVERSATIONS

SEEDED: Final = 70
PAGE: Final = 50


@pytest.fixture(scope='module')
def service(service: Service) -> Service:
    """Half of the conversations are open, half are closed."""
    service.manage('seed', '--conversations', str(SEEDED), '--messages', '14', '--seed', '7')
    return service


@pytest.fixture
def page(desk: Browse) -> Page:
    page = desk()
    page.goto(CONVERSATIONS)
    return page


def test_only_who_has_the_password_gets_in(browse: Browse) -> None:
    page = browse()
    page.goto(CONVERSATIONS)
    log_in(page, 'a guess')
    expect(page.locator('.errornote')).to_be_visible()
    log_in(page, PASSWORD)
    expect(page).to_have_title(re.compile('conversation'))


def test_the_start_leads_to_conversations_messages_and_events(desk: Browse) -> None:
    page = desk()

    for name in ('Conversations', 'Messages', 'Unapplied events'):
        expect(page.locator('.app-webhook_api').get_by_role('link', name=name)).to_be_visible()


def test_the_list_begins_with_the_newest(page: Page) -> None:
    expect(rows(page)).to_have_count(PAGE)
    figures = page.locator('.field-message_count').all_inner_texts()
    assert figures == ['14'] * PAGE
    page.set_viewport_size({'width': 1280, 'height': 760})
    picture(page, 'admin-conversations.png')


def test_every_column_is_in_sight(page: Page) -> None:
    table = page.locator('.results')

    assert table.evaluate('box => box.scrollWidth <= box.clientWidth')


def test_the_second_page_has_the_rest(page: Page) -> None:
    page.locator('.paginator').get_by_role('link', name='2').click()

    expect(page).to_have_url(re.compile(r'p=2'))
    expect(rows(page)).to_have_count(SEEDED - PAGE)


@pytest.mark.parametrize('length', [36, 13])
def test_a_conversation_is_found_by_its_id_or_how_it_begins(page: Page, length: int) -> None:
    sought = rows(page).nth(7).locator('.field-id').inner_text()
    search(page, sought[:length])

    expect(rows(page)).to_have_count(1)
    expect(rows(page).locator('.field-id')).to_have_text(sought)


def test_what_is_no_id_finds_nothing(page: Page) -> None:
    search(page, '<script>alert(1)</script>')

    expect(rows(page)).to_have_count(0)
    expect(page.locator('#searchbar')).to_have_value('<script>alert(1)</script>')


def test_the_filter_shows_what_is_closed(page: Page) -> None:
    page.locator('#changelist-filter').get_by_role('link', name='closed').click()

    expect(rows(page)).to_have_count(SEEDED // 2)
    assert set(rows(page).locator('.field-status').all_inner_texts()) == {'closed'}


def test_a_row_leads_to_its_transcript(page: Page) -> None:
    link = rows(page).first.locator('.field-id a')
    conversation = UUID(link.inner_text())
    link.click()

    expect(page).to_have_url(re.compile(f'/{conversation}/change/'))
    expect(page.locator('.message')).to_have_count(14)


def test_it_speaks_portuguese_to_a_brazilian_browser(desk: Browse) -> None:
    page = desk(locale='pt-BR')
    expect(page.locator('#site-name')).to_have_text('Atendimento')
    page.goto(CONVERSATIONS)
    expect(page.locator('#result_list th.column-message_count')).to_have_text(re.compile('mensagens', re.IGNORECASE))
    rows(page).first.locator('.field-id a').click()

    expect(page.locator('html')).to_have_attribute('lang', 'pt-br')
    expect(page.locator('.author').first).to_have_text('Cliente')
    expect(page.get_by_text('A conversa começa aqui.')).to_be_visible()
