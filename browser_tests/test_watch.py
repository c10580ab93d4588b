"""The watch sees what it is to see."""

import pytest
from playwright.sync_api import Page

from browser_tests.chromium import Watch
from browser_tests.conftest import Browse

BLOCKED = 'https://blocked.example/'


@pytest.mark.parametrize('path', ['/docs/', '/redoc/', '/admin/login/'])
def test_a_request_to_another_host_is_seen_though_a_policy_blocks_it(page: Page, watch: Watch, path: str) -> None:
    page.goto(path)
    with page.expect_event('requestfailed'):
        page.evaluate('source => { document.body.append(Object.assign(new Image(), {src: source})) }', BLOCKED)

    assert f'foreign request: {BLOCKED}' in watch.seen
    assert any('console error' in note and 'Content Security Policy' in note for note in watch.seen)
    watch.expect(BLOCKED)


def test_dialogs_and_errors_are_seen(page: Page, watch: Watch) -> None:
    page.evaluate('alert("anybody there?")')
    with page.expect_event('pageerror'):
        page.evaluate('setTimeout(() => { throw new Error("oh") })')

    assert watch.seen == ['dialog: anybody there?', 'error: oh']
    watch.expect('anybody there?')
    watch.expect('oh')


def test_what_is_expected_must_come(watch: Watch, browse: Browse) -> None:
    watch.expect('something')

    assert watch.problems == ['did not come: something']
    watch.seen.append('something')
