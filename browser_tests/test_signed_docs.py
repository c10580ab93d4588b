"""`/docs/`, where the platform signs what it sends."""

import hashlib
import hmac
import re
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from browser_tests.chromium import Watch
from browser_tests.conftest import StartService
from browser_tests.service import Service
from browser_tests.swagger import RECEIVE, authorize, execute, try_out
from realmate_challenge.webhook_api.tests.support.payloads import CONVERSATION_ID

SECRET: Final = b'a-secret-of-the-platform'


@pytest.fixture(scope='module')
def service(start_service: StartService) -> Service:
    return start_service(WEBHOOK_SECRETS=SECRET.decode(), WEBHOOK_SIGNATURE_SCHEME='hub')


def test_the_dialog_takes_a_signature(page: Page, watch: Watch) -> None:
    watch.expect('401 (Unauthorized)')
    page.goto('/docs/')
    block = try_out(page, RECEIVE)
    expect(block.locator('textarea')).to_have_value(re.compile(CONVERSATION_ID))
    body = block.locator('textarea').input_value()

    expect(execute(block).locator('.response-col_status')).to_contain_text('401')
    authorize(page, hubSignature=f'sha256={hmac.digest(SECRET, body.encode(), hashlib.sha256).hex()}')
    expect(execute(block).locator('.response-col_status')).to_have_text('204')
