"""Screenshots for the READMEs: taken by every run, kept only when asked for, so that a run leaves the tree clean."""

import os
from typing import Final

from playwright.sync_api import FloatRect, Page

from benchmarks.contenders import ROOT

IMAGES: Final = ROOT / 'docs' / 'images'
LARGEST: Final = 200_000


def picture(page: Page, name: str, clip: FloatRect | None = None) -> None:
    """Of what is in view, or of a part of the page. `UPDATE_SCREENSHOTS=1` keeps it."""
    image = page.screenshot(clip=clip, full_page=clip is not None, animations='disabled')
    assert len(image) < LARGEST, f'{name} is too large for a README: {len(image):,} bytes'
    if os.environ.get('UPDATE_SCREENSHOTS'):
        IMAGES.mkdir(exist_ok=True)
        (IMAGES / name).write_bytes(image)
