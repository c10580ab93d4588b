"""The system's Chromium, and a record of the errors in its pages."""

import os
import shutil
from typing import Final, final

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Request
from playwright.sync_api import TimeoutError as PlaywrightTimeout

NAMES: Final = ('chromium', 'chromium-browser', 'google-chrome')
ARGUMENTS: Final = [
    '--no-sandbox',  # CI runs as root
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    # Requests to other hosts are recorded and fail.
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
]


def executable() -> str:
    """Return the path of Chromium. Raises: FileNotFoundError, because tests without a browser must not be skipped."""
    for path in (os.environ.get('CHROMIUM'), *map(shutil.which, NAMES)):
        if path:
            return path
    message = 'No Chromium found. Install it (Debian: apt-get install chromium) or set CHROMIUM=/path/to/chromium.'
    raise FileNotFoundError(message)


@final
class PageErrors:
    """Requests to other hosts, dialogs, exceptions, and errors and warnings in the console."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.found: list[str] = []
        self._expected: list[str] = []

    def record(self, context: BrowserContext) -> None:
        context.on('request', self._on_request)
        context.on('console', self._on_console)
        context.on('weberror', lambda error: self.found.append(f'error: {error.error}'))
        context.on('dialog', self._on_dialog)

    def expect(self, part: str) -> None:
        """Expect an error whose text contains `part`."""
        self._expected.append(part)

    def check(self) -> None:
        unexpected = [error for error in self.found if not any(part in error for part in self._expected)]
        missing = [part for part in self._expected if not any(part in error for error in self.found)]
        assert (unexpected, missing) == ([], [])

    def _on_request(self, request: Request) -> None:
        """Record a request also if the policy of the page blocks it."""
        if not request.url.startswith((f'{self.base}/', f'blob:{self.base}/', 'data:')):
            self.found.append(f'foreign request: {request.url}')

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {'error', 'warning'}:
            self.found.append(f'console {message.type}: {message.text} ({message.location["url"]})')

    def _on_dialog(self, dialog: Dialog) -> None:
        self.found.append(f'dialog: {dialog.message}')
        dialog.dismiss()


SETTLE_MILLISECONDS: Final = 5_000


def fits_viewport(page: Page) -> bool:
    """Return whether no part of the page is outside of the window, after the layout has settled."""
    try:
        # A function, because the policies of the pages forbid Playwright to evaluate a string again.
        page.wait_for_function('() => document.documentElement.scrollWidth <= innerWidth', timeout=SETTLE_MILLISECONDS)
    except PlaywrightTimeout:
        return False
    return True
