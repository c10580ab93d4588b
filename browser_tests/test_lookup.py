"""The admin: one conversation, found and erased."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from browser_tests.admin import rows, search
from browser_tests.conftest import Browse
from browser_tests.events import START, opened, told
from browser_tests.service import Service
from realmate_challenge.webhook_api.tests.integration_tests.admin.pages import CONVERSATIONS, MESSAGES, transcript_of


@pytest.fixture
def page(desk: Browse) -> Page:
    return desk()


def test_a_conversation_is_found_by_the_day_of_its_opening(page: Page, service: Service) -> None:
    conversation = told(service)
    assert service.post(opened(uuid4(), START + timedelta(days=40))) == 204
    page.goto(CONVERSATIONS)
    search(page, '2025-02-21')

    expect(rows(page).locator('.field-id')).to_contain_text([str(conversation)])


def test_a_message_is_found_by_its_conversation(page: Page, service: Service) -> None:
    conversation = told(service, 'Bom dia', 'Bom dia! Como posso ajudar?')
    page.goto(MESSAGES)
    search(page, str(conversation))

    expect(rows(page).locator('.field-excerpt')).to_have_text(['Bom dia', 'Bom dia! Como posso ajudar?'])


def test_erasing_asks_and_then_leaves_nothing(page: Page, service: Service) -> None:
    conversation = told(service, 'Quero que apaguem meus dados.')
    page.goto(transcript_of(conversation))
    page.get_by_role('link', name='Erase').click()
    expect(page.get_by_text('Messages: 1')).to_be_visible()
    page.get_by_role('button', name=re.compile('sure')).click()

    expect(page.locator('.messagelist .success')).to_contain_text(str(conversation))
    search(page, str(conversation))
    expect(rows(page)).to_have_count(0)


def test_whoever_hesitates_erases_nothing(page: Page, service: Service) -> None:
    conversation = told(service, 'Pensando bem, deixem como está.')
    page.goto(transcript_of(conversation))
    page.get_by_role('link', name='Erase').click()
    page.get_by_role('link', name=re.compile('No, take me back')).click()

    page.goto(transcript_of(conversation))
    expect(page.locator('.message')).to_have_count(1)
