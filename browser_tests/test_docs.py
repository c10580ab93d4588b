"""`/docs/` (Swagger UI) and `/redoc/`."""

import hashlib
import hmac
import json
import re
from typing import Final
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from browser_tests.chromium import PageErrors, fits_viewport
from browser_tests.conftest import PHONE, OpenPage, StartService, take_screenshot
from browser_tests.service import USER, Service
from realmate_challenge.webhook_api.tests.support.payloads import BRIEF, MESSAGE_RECEIVED, NEW_CONVERSATION, changed

RECEIVE: Final = '#operations-webhook-receive_event'
READ: Final = '#operations-conversations-read_conversation'
EXAMPLES: Final = ['Conversation opened', 'Message received', 'Message sent', 'Conversation closed']
SECRET: Final = b'a-secret-of-the-platform'


def try_out(page: Page, operation: str) -> Locator:
    """Open `/docs/` and return the unfolded operation."""
    page.goto('/docs/')
    block = page.locator(operation)
    block.locator('.opblock-summary-control').click()
    block.get_by_role('button', name='Try it out').click()
    return block


def execute(block: Locator) -> Locator:
    """Send the request and return the answer."""
    block.get_by_role('button', name='Execute').click()
    return block.locator('.live-responses-table .response')


def authorize(page: Page, name: str, value: str) -> None:
    page.get_by_role('button', name='Authorize').first.click()
    dialog = page.locator('.dialog-ux')
    form = dialog.locator('.auth-container').filter(has=page.get_by_text(name, exact=True))
    form.locator('input').fill(value)
    form.get_by_role('button', name='Apply credentials').click()
    expect(form.get_by_role('button', name='Remove authorization')).to_be_visible()
    dialog.locator('.close-modal').click()


def test_docs_offer_the_events_of_the_brief_and_post_them(new_page: OpenPage, service: Service) -> None:
    page = new_page(viewport={'width': 1100, 'height': 900})
    assert service.post(NEW_CONVERSATION) == 204
    block = try_out(page, RECEIVE)
    paths = [re.compile(path) for path in ('/webhook/', '/conversations/', r'/conversations/.*id')]
    expect(page.locator('.opblock-summary-path')).to_have_text(paths)
    expect(page.locator('.errors-wrapper')).to_have_count(0)

    picker = block.locator('.opblock-section-request-body .examples-select-element')
    assert picker.locator('option').all_inner_texts() == EXAMPLES
    for label, event in zip(EXAMPLES, BRIEF, strict=True):
        picker.select_option(label=label)
        expect(block.locator('textarea')).to_have_value(json.dumps(event, indent=2, ensure_ascii=False))
    picker.select_option(label='Message received')
    expect(execute(block).locator('.response-col_status')).to_have_text('204')

    # The message is stored, so the same message with other content is refused.
    assert service.post(changed(MESSAGE_RECEIVED, 'data.content', 'Oi')) == 400
    page.set_viewport_size({'width': 1100, 'height': 1700})
    block.locator('textarea').evaluate('box => { box.style.minHeight = "165px" }')
    page.evaluate('scrollTo(0, 0)')
    page.mouse.move(0, 0)
    top, bottom = block.bounding_box(), block.locator('.live-responses-table').bounding_box()
    assert top is not None
    assert bottom is not None
    height = bottom['y'] + bottom['height'] - top['y']
    take_screenshot(page, 'docs.png', {'x': 0, 'y': top['y'] - 70, 'width': 1100, 'height': height + 70})


def test_docs_show_an_error(page: Page, errors: PageErrors) -> None:
    errors.expect('404 (Not Found)')
    block = try_out(page, RECEIVE)
    early = {**BRIEF[1], 'data': {**BRIEF[1]['data'], 'id': str(uuid4()), 'conversation_id': str(uuid4())}}
    block.locator('textarea').fill(json.dumps(early))
    answer = execute(block)

    expect(answer.locator('.response-col_status')).to_contain_text('404')
    expect(answer.locator('.response-col_description')).to_contain_text('"CONVERSATION_NOT_FOUND"')


def test_docs_read_with_a_token_or_a_session(
    page: Page, errors: PageErrors, service: Service, admin_page: OpenPage
) -> None:
    errors.expect('401 (Unauthorized)')
    assert (service.post(NEW_CONVERSATION), service.post(MESSAGE_RECEIVED)) == (204, 204)
    # The id of the example is entered already.
    block = try_out(page, READ)

    expect(execute(block).locator('.response-col_status')).to_contain_text('401')
    authorize(page, 'tokenAuth', f'Token {service.manage("create_token", USER).splitlines()[-1]}')
    answer = execute(block)
    expect(answer.locator('.response-col_status')).to_contain_text('200')
    expect(answer.locator('.response-col_description')).to_contain_text('"content": "Olá, tudo bem?"')

    block = try_out(admin_page('/admin/'), READ)
    expect(execute(block).locator('.response-col_status')).to_contain_text('200')


def test_redoc(page: Page) -> None:
    page.set_viewport_size({'width': 1280, 'height': 800})
    page.goto('/redoc/')
    for summary in ('Receive an event', 'List conversations', 'Read a conversation'):
        expect(page.get_by_role('heading', name=summary)).to_be_visible()
    page.locator('[role=menuitem]', has_text='webhook').first.click()
    expect(page.get_by_text('"6a41b347-8d80-4ce9-84ba-7af66f369f6a"').first).to_be_visible()
    heading = page.get_by_role('heading', name='Receive an event')
    heading.scroll_into_view_if_needed()
    take_screenshot(page, 'redoc.png')

    # The search runs in a worker, which the policy of the page must allow.
    page.get_by_placeholder('Search...').fill('deliver')
    expect(page.locator('[role=search] [role=menuitem]', has_text='Receive an event')).to_be_visible()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a dict of the expected shape
    page.goto('/redoc/')
    expect(heading).to_be_visible()
    assert fits_viewport(page)


@pytest.mark.parametrize('path', ['/docs/', '/redoc/', '/admin/login/'])
def test_policy_blocks_other_hosts_and_every_error_is_recorded(page: Page, errors: PageErrors, path: str) -> None:
    page.goto(path)
    page.evaluate('alert("a dialog")')
    with page.expect_event('pageerror'):
        page.evaluate('setTimeout(() => { throw new Error("an exception") })')
    with page.expect_event('requestfailed'):
        page.evaluate('document.body.append(Object.assign(new Image(), {src: "https://blocked.example/"})) || null')

    for part in (
        'dialog: a dialog',
        'error: an exception',
        'foreign request: https://blocked',
        'Content Security Policy',
    ):
        errors.expect(part)


def test_a_layout_may_settle_under_the_policy_of_the_page(page: Page) -> None:
    page.goto('/admin/login/')
    page.evaluate('document.body.style.width = "9000px"; setTimeout(() => { document.body.style.width = "" }, 500)')

    assert fits_viewport(page)


def test_docs_send_a_signature(start_service: StartService, new_page: OpenPage, errors: PageErrors) -> None:
    service = start_service(WEBHOOK_SECRETS=SECRET.decode(), WEBHOOK_SIGNATURE_SCHEME='hub')
    errors.base = service.base
    errors.expect('401 (Unauthorized)')
    page = new_page()
    block = try_out(page, RECEIVE)
    body = block.locator('textarea').input_value()

    expect(execute(block).locator('.response-col_status')).to_contain_text('401')
    authorize(page, 'hubSignature', f'sha256={hmac.digest(SECRET, body.encode(), hashlib.sha256).hex()}')
    expect(execute(block).locator('.response-col_status')).to_have_text('204')
