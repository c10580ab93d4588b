"""`/redoc/`."""

from playwright.sync_api import Page, expect

from browser_tests.pictures import picture

SUMMARIES = ['Receive an event', 'List conversations', 'Read a conversation']


def test_shows_every_operation_the_webhook_first(page: Page) -> None:
    page.set_viewport_size({'width': 1280, 'height': 800})
    page.goto('/redoc/')

    for summary in SUMMARIES:
        expect(page.get_by_role('heading', name=summary)).to_be_visible()
    page.locator('[role=menuitem]', has_text='webhook').first.click()
    expect(page.get_by_text('"6a41b347-8d80-4ce9-84ba-7af66f369f6a"').first).to_be_visible()
    page.get_by_role('heading', name=SUMMARIES[0]).scroll_into_view_if_needed()
    picture(page, 'redoc.png')


def test_finds_what_is_searched_for(page: Page) -> None:
    """In a worker, which the page's policy must allow."""
    page.goto('/redoc/')
    page.get_by_placeholder('Search...').fill('deliver')

    expect(page.locator('[role=search] [role=menuitem]', has_text='Receive an event')).to_be_visible()


def test_fits_a_phone(page: Page) -> None:
    page.set_viewport_size({'width': 390, 'height': 844})
    page.goto('/redoc/')

    expect(page.get_by_role('heading', name=SUMMARIES[0])).to_be_visible()
    assert page.evaluate('document.documentElement.scrollWidth <= innerWidth')
