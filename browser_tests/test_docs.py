"""`/docs/`: Swagger UI."""

import json
import re
from typing import Final
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from browser_tests.chromium import Watch
from browser_tests.conftest import Browse
from browser_tests.events import told
from browser_tests.pictures import picture
from browser_tests.service import Service
from browser_tests.swagger import READ, RECEIVE, authorize, execute, try_out
from realmate_challenge.webhook_api.tests.support.payloads import BRIEF, MESSAGE_RECEIVED, NEW_CONVERSATION, changed

EXAMPLES: Final = ['Conversation opened', 'Message received', 'Message sent', 'Conversation closed']


@pytest.fixture
def page(browse: Browse) -> Page:
    page = browse(viewport={'width': 1100, 'height': 900})
    page.goto('/docs/')
    return page


def test_shows_every_operation_the_webhook_first(page: Page) -> None:
    paths = page.locator('.opblock-summary-path')

    expect(paths).to_have_text([re.compile(path) for path in ('/webhook/', '/conversations/', r'/conversations/.*id')])
    expect(page.locator('.errors-wrapper')).to_have_count(0)


def test_the_example_picker_has_the_events_of_the_brief(page: Page) -> None:
    block = try_out(page, RECEIVE)
    picker = block.locator('.opblock-section-request-body .examples-select-element')

    assert picker.locator('option').all_inner_texts() == EXAMPLES
    for label, event in zip(EXAMPLES, BRIEF, strict=True):
        picker.select_option(label=label)
        expect(block.locator('textarea')).to_have_value(json.dumps(event, indent=2, ensure_ascii=False))


def test_an_event_is_posted_by_trying_it_out(page: Page, service: Service) -> None:
    assert service.post(NEW_CONVERSATION) == 204
    block = try_out(page, RECEIVE)
    block.locator('.opblock-section-request-body .examples-select-element').select_option(label='Message received')
    answer = execute(block)

    expect(answer.locator('.response-col_status')).to_have_text('204')
    # It did arrive: the same message with other content is refused, by an answer that says so.
    assert service.post(changed(MESSAGE_RECEIVED, 'data.content', 'Oi')) == 400
    picture_of_the_answer(page, block)


def picture_of_the_answer(page: Page, block: Locator) -> None:
    """From the operation down to its answer."""
    page.set_viewport_size({'width': 1100, 'height': 1700})
    page.locator('.opblock-section-request-body textarea').evaluate('box => { box.style.minHeight = "165px" }')
    page.evaluate('scrollTo(0, 0)')
    page.mouse.move(0, 0)
    top, bottom = block.bounding_box(), block.locator('.live-responses-table').bounding_box()
    assert top is not None
    assert bottom is not None
    height = bottom['y'] + bottom['height'] - top['y']
    picture(page, 'docs.png', {'x': 0, 'y': top['y'] - 70, 'width': 1100, 'height': height + 70})


def test_what_is_refused_is_shown_in_the_envelope(page: Page, watch: Watch) -> None:
    watch.expect('404 (Not Found)')
    block = try_out(page, RECEIVE)
    early = {**BRIEF[1], 'data': {**BRIEF[1]['data'], 'id': str(uuid4()), 'conversation_id': str(uuid4())}}
    block.locator('textarea').fill(json.dumps(early))
    answer = execute(block)

    expect(answer.locator('.response-col_status')).to_contain_text('404')
    expect(answer.locator('.response-col_description')).to_contain_text('"CONVERSATION_NOT_FOUND"')


def test_the_dialog_says_what_to_enter(page: Page) -> None:
    page.get_by_role('button', name='Authorize').first.click()
    forms = page.locator('.dialog-ux .auth-container')

    names = forms.locator('h4 code').all_inner_texts()
    assert sorted(names) == [
        'cookieAuth',
        'hubSignature',
        'tokenAuth',
        'webhookId',
        'webhookSignature',
        'webhookTimestamp',
    ]
    for number, name in enumerate(names):
        purpose = (
            'For reading: ' if name in {'cookieAuth', 'tokenAuth'} else r'(Standard Webhooks|WhatsApp Cloud API): '
        )
        expect(forms.nth(number).locator('.renderedMarkdown')).to_have_text(re.compile(f'^{purpose}'))


def test_reading_needs_a_token_which_the_dialog_takes(page: Page, watch: Watch, service: Service) -> None:
    watch.expect('401 (Unauthorized)')
    conversation = told(service, 'Olá, tudo bem?')
    block = try_out(page, READ)
    block.locator('[data-param-name=conversation_id] input').fill(str(conversation))

    expect(execute(block).locator('.response-col_status')).to_contain_text('401')
    authorize(page, tokenAuth=f'Token {service.token()}')
    answer = execute(block)
    expect(answer.locator('.response-col_status')).to_contain_text('200')
    expect(answer.locator('.response-col_description')).to_contain_text('"content": "Olá, tudo bem?"')


def test_whoever_is_logged_in_reads_without_a_token(desk: Browse, service: Service) -> None:
    conversation = told(service, 'Olá, tudo bem?')
    page = desk()
    page.goto('/docs/')
    block = try_out(page, READ)
    block.locator('[data-param-name=conversation_id] input').fill(str(conversation))

    expect(execute(block).locator('.response-col_status')).to_contain_text('200')
