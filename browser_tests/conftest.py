"""One browser; a service for each module; for each test, pages that are watched."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.databases import Databases, at
from browser_tests import chromium
from browser_tests.chromium import Watch
from browser_tests.service import PASSWORD, USER, Service, prepare, serving

PATIENCE_MS: Final = 15_000
DESKTOP: Final = {'width': 1280, 'height': 900}

type StartService = Callable[..., Service]
type Browse = Callable[..., Page]


@pytest.fixture(scope='session')
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope='session')
def databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Where `DATABASE_URL` says; SQLite files, unless it says anything. Each is made for the run, and dropped."""
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
    """A service with settings of its own, until the module ends."""
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
def watch(service: Service) -> Watch:
    return Watch(service.base)


@pytest.fixture
def browse(browser: Browser, watch: Watch) -> Iterator[Browse]:
    """A page of a browser that knows nothing yet; in English, on a desktop, unless told otherwise."""
    with ExitStack() as stack:

        def new_page(**options: Any) -> Page:  # noqa: ANN401 - Playwright's own
            defaults: dict[str, Any] = {'base_url': watch.base, 'locale': 'en-US', 'viewport': DESKTOP}
            context = browser.new_context(**defaults | options)
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            watch.follow(context)
            return context.new_page()

        yield new_page
    assert watch.problems == []


@pytest.fixture
def page(browse: Browse) -> Page:
    return browse()


@pytest.fixture
def desk(browse: Browse) -> Browse:
    """Like `browse`, and logged in."""

    def new_page(**options: Any) -> Page:  # noqa: ANN401 - Playwright's own
        page = browse(**options)
        page.goto('/admin/')
        log_in(page, PASSWORD)
        return page

    return new_page


def log_in(page: Page, password: str) -> None:
    page.locator('#id_username').fill(USER)
    page.locator('#id_password').fill(password)
    page.locator('[type=submit]').click()
