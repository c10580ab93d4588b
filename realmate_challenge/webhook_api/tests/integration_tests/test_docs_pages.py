"""The pages of the docs, which load nothing from other hosts."""

import re

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from realmate_challenge.shared.api_docs import NO_LOGO, REDOC_LOGO
from realmate_challenge.shared.http.middleware import DOCS_POLICY

PAGES = ['/docs/', '/redoc/']
REFERENCE = re.compile(r'(?:href|src|spec-url)="([^"]*)"')
INLINE_SCRIPT = re.compile(r'<script(?![^>]*\bsrc=)|onload=')


@pytest.mark.parametrize('path', PAGES)
def test_a_page_refers_to_this_host_only(api_client: APIClient, settings: Settings, path: str) -> None:
    settings.API_REQUIRE_AUTH = True
    answer = api_client.get(path)
    page = answer.content.decode()

    assert (answer.status_code, answer['Content-Type']) == (200, 'text/html; charset=utf-8')
    assert not re.search('https?:|="//', page)
    assert not INLINE_SCRIPT.search(page)
    references = REFERENCE.findall(page)
    assert len(references) >= 3
    for reference in references:
        assert reference.startswith('/')
        answer = api_client.get(reference)
        assert answer.status_code == 200
        # Reading a static file closes it.
        assert b''.join(answer)


@pytest.mark.parametrize('path', [*PAGES, '/docs/?script='])
def test_the_policy_allows_this_host_only(api_client: APIClient, path: str) -> None:
    assert api_client.get(path)['Content-Security-Policy'] == DOCS_POLICY
    directives = dict(directive.split(' ', 1) for directive in DOCS_POLICY.split('; '))
    assert (directives['default-src'], directives['script-src']) == ("'none'", "'self'")
    sources = {source for directive in directives.values() for source in directive.split()}
    assert sources == {"'none'", "'self'", "'unsafe-inline'", 'data:', 'blob:'}


def test_the_script_of_swagger_configures_it(api_client: APIClient) -> None:
    script = api_client.get('/docs/?script=')

    assert script['Content-Type'].startswith('application/javascript')
    text = script.content.decode()
    assert 'url: "/schema/"' in text
    assert '"validatorUrl": null' in text
    assert not re.search('https?://', text)


def test_the_script_of_redoc_loads_no_logo(api_client: APIClient) -> None:
    script = api_client.get('/redoc/?script=')

    assert script['Content-Type'].startswith('text/javascript')
    content = b''.join(script)
    assert len(content) == int(script['Content-Length'])
    assert REDOC_LOGO not in content
    assert content.count(NO_LOGO) == 1
