"""The admin's handles."""

from playwright.sync_api import Locator, Page


def rows(page: Page) -> Locator:
    return page.locator('#result_list tbody tr')


def search(page: Page, term: str) -> None:
    page.locator('#searchbar').fill(term)
    page.get_by_role('button', name='Search').click()


def act(page: Page, action: str) -> None:
    """On what is ticked."""
    page.get_by_label('Action:').select_option(label=action)
    page.get_by_role('button', name='Go', exact=True).click()
