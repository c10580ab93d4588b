"""The browser: the system's Chromium, with an empty profile, and watched."""

import os
import shutil
from typing import Final, final

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request, WebError

NAMES: Final = ('chromium', 'chromium-browser', 'google-chrome')
ARGUMENTS: Final = [
    '--no-sandbox',  # CI runs as root
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    # An attempt on another host is recorded, and leads nowhere.
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
]


def executable() -> str:
    """Raises: FileNotFoundError. Without a browser these tests fail; they are not skipped."""
    candidates = (os.environ.get('CHROMIUM'), *map(shutil.which, NAMES))
    for path in candidates:
        if path:
            return path
    message = 'No Chromium found. Install it (Debian: apt-get install chromium), or say where it is: CHROMIUM=/path.'
    raise FileNotFoundError(message)


@final
class Watch:
    """Notes what no page may do: ask another host, open a dialog, raise an error, complain in the console."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.seen: list[str] = []
        self._expected: list[str] = []

    def follow(self, context: BrowserContext) -> None:
        context.on('request', self._on_request)
        context.on('console', self._on_console)
        context.on('weberror', self._on_error)
        context.on('dialog', self._on_dialog)

    def expect(self, part: str) -> None:
        """The test provokes something with `part` in it; it must come."""
        self._expected.append(part)

    @property
    def problems(self) -> list[str]:
        unexpected = [note for note in self.seen if not any(part in note for part in self._expected)]
        missing = [part for part in self._expected if not any(part in note for note in self.seen)]
        return unexpected + [f'did not come: {part}' for part in missing]

    def _on_request(self, request: Request) -> None:
        """Also of what a policy blocks."""
        if not request.url.startswith((f'{self.base}/', f'blob:{self.base}/', 'data:')):
            self.seen.append(f'foreign request: {request.url}')

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {'error', 'warning'}:
            self.seen.append(f'console {message.type}: {message.text} ({message.location["url"]})')

    def _on_error(self, error: WebError) -> None:
        self.seen.append(f'error: {error.error}')

    def _on_dialog(self, dialog: Dialog) -> None:
        self.seen.append(f'dialog: {dialog.message}')
        dialog.dismiss()
