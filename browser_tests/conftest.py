"""Fixtures: one browser, one service for each module, and pages without errors for each test."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, FloatRect, Page, expect, sync_playwright

from benchmarks.contenders import ROOT
from benchmarks.databases import Databases, at
from browser_tests.chromium import ARGUMENTS, PageErrors, executable
from browser_tests.service import PASSWORD, USER, Service, prepare, serving

TIMEOUT_MS: Final = 15_000
DESKTOP: Final = {'width': 1280, 'height': 900}
PHONE: Final = {'width': 390, 'height': 844}

type StartService = Callable[..., Service]
type OpenPage = Callable[..., Page]


@pytest.fixture(scope='session')
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope='session')
def databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Temporary databases on the server of `DATABASE_URL`. Default: SQLite files."""
    return at(os.environ.get('DATABASE_URL') or 'sqlite:', tmp_path_factory.mktemp('databases'))


@pytest.fixture(scope='session')
def template(databases: Databases) -> Iterator[str]:
    name = f'browser_{secrets.token_hex(4)}'
    try:
        prepare(databases, name)
        yield name
    finally:
        databases.drop(name)


@pytest.fixture(scope='module')
def start_service(
    databases: Databases, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartService]:
    """Start a service with its own settings. It runs until the module ends."""
    with ExitStack() as stack:

        def start(**settings: str) -> Service:
            name = f'{template}_{secrets.token_hex(4)}'
            log = tmp_path_factory.mktemp('service') / 'log'
            return stack.enter_context(serving(databases, template, name, log, **settings))

        yield start


@pytest.fixture(scope='module')
def service(start_service: StartService) -> Service:
    return start_service()


@pytest.fixture
def errors(service: Service) -> PageErrors:
    return PageErrors(service.base)


@pytest.fixture
def new_page(browser: Browser, errors: PageErrors) -> Iterator[OpenPage]:
    """Open a page in an empty browser profile. Default: in English, on a desktop."""
    with ExitStack() as stack:

        def new_page(**options: Any) -> Page:  # noqa: ANN401 - options of Playwright
            defaults: dict[str, Any] = {'base_url': errors.base, 'locale': 'en-US', 'viewport': DESKTOP}
            context = browser.new_context(**defaults | options)
            stack.callback(context.close)
            context.set_default_timeout(TIMEOUT_MS)
            errors.record(context)
            return context.new_page()

        yield new_page
    errors.check()


@pytest.fixture
def page(new_page: OpenPage) -> Page:
    return new_page()


@pytest.fixture
def admin_page(new_page: OpenPage) -> OpenPage:
    """Open a URL of the admin as a logged-in user."""

    def open_page(url: str, **options: Any) -> Page:  # noqa: ANN401 - options of Playwright
        page = new_page(**options)
        page.goto(url)
        log_in(page, PASSWORD)
        return page

    return open_page


def log_in(page: Page, password: str) -> None:
    page.locator('#id_username').fill(USER)
    page.locator('#id_password').fill(password)
    page.locator('[type=submit]').click()


def take_screenshot(page: Page, name: str, clip: FloatRect | None = None) -> None:
    """Take a picture of the viewport or of a part of the page. `UPDATE_SCREENSHOTS=1` keeps it in `docs/images/`."""
    image = page.screenshot(clip=clip, full_page=clip is not None, animations='disabled')
    assert len(image) < 200_000, f'{name} is too large for a README: {len(image):,} bytes'
    if os.environ.get('UPDATE_SCREENSHOTS'):
        (ROOT / 'docs' / 'images' / name).write_bytes(image)
