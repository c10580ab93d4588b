"""Swagger UI's handles."""

from typing import Final

from playwright.sync_api import Locator, Page, expect

RECEIVE: Final = '#operations-webhook-receive_event'
READ: Final = '#operations-conversations-read_conversation'


def try_out(page: Page, operation: str) -> Locator:
    """The operation, unfolded and ready to be filled in."""
    block = page.locator(operation)
    block.locator('.opblock-summary-control').click()
    block.get_by_role('button', name='Try it out').click()
    return block


def execute(block: Locator) -> Locator:
    """The answer."""
    block.get_by_role('button', name='Execute').click()
    return block.locator('.live-responses-table .response')


def authorize(page: Page, **credentials: str) -> None:
    page.get_by_role('button', name='Authorize').first.click()
    dialog = page.locator('.dialog-ux')
    for name, value in credentials.items():
        form = dialog.locator('.auth-container').filter(has=page.get_by_text(name, exact=True))
        form.locator('input').fill(value)
        form.get_by_role('button', name='Apply credentials').click()
        expect(form.get_by_role('button', name='Remove authorization')).to_be_visible()
    dialog.locator('.close-modal').click()
