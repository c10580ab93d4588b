"""Tests of the pages in Chromium, driven by Playwright against a real server: `task browser`.

`task screenshots` also updates the pictures in `docs/images/`.
"""
