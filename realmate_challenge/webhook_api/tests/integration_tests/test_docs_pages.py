"""The pages of the docs answer, and load nothing from another host."""

import re

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from realmate_challenge.shared.api_docs import DIRECTIVES, NO_LOGO, REDOC_LOGO
from realmate_challenge.webhook_api.tests.support.envelope import error_of

PAGES = ['/docs/', '/redoc/']
REFERENCE = re.compile(r'(?:href|src|spec-url)="([^"]*)"')
INLINE_SCRIPT = re.compile(r'<script(?![^>]*\bsrc=)')


@pytest.fixture(params=PAGES)
def page(api_client: APIClient, request: pytest.FixtureRequest) -> str:
    answer = api_client.get(request.param)
    assert answer.status_code == 200
    assert answer['Content-Type'].startswith('text/html')
    html: str = answer.content.decode()
    return html


def test_a_page_names_no_other_host(page: str) -> None:
    assert 'http:' not in page
    assert 'https:' not in page
    assert '="//' not in page


def test_whatever_a_page_refers_to_is_here(api_client: APIClient, page: str) -> None:
    references = REFERENCE.findall(page)

    assert len(references) >= 3
    for reference in references:
        assert reference.startswith('/')
        answer = api_client.get(reference)
        assert answer.status_code == 200
        # Files are closed when they are read.
        assert b''.join(answer)


def test_no_script_stands_inside_a_page(page: str) -> None:
    """The policy allows none."""
    assert not INLINE_SCRIPT.search(page)
    assert 'onload=' not in page


@pytest.mark.parametrize('path', [*PAGES, '/docs/?script='])
def test_the_policy_allows_this_host_only(api_client: APIClient, path: str) -> None:
    policy = api_client.get(path)['Content-Security-Policy']

    given = dict(directive.split(' ', 1) for directive in policy.split('; '))
    assert given == DIRECTIVES
    assert given['default-src'] == "'none'"
    assert given['script-src'] == "'self'"
    sources = {source for directive in given.values() for source in directive.split()}
    assert sources == {"'none'", "'self'", "'unsafe-inline'", 'data:', 'blob:'}


def test_swagger_is_set_up_by_its_script(api_client: APIClient) -> None:
    script = api_client.get('/docs/?script=')

    assert script['Content-Type'].startswith('application/javascript')
    text = script.content.decode()
    assert 'url: "/schema/"' in text
    assert '"validatorUrl": null' in text
    assert not re.search('https?://', text)


def test_redoc_comes_without_the_logo_that_it_would_fetch(api_client: APIClient) -> None:
    script = api_client.get('/redoc/?script=')

    assert script['Content-Type'].startswith('text/javascript')
    content = b''.join(script)
    assert REDOC_LOGO not in content
    assert content.count(NO_LOGO) == 1


@pytest.mark.parametrize('path', [*PAGES, '/schema/'])
def test_the_docs_are_open_where_reading_is_not(api_client: APIClient, settings: Settings, path: str) -> None:
    settings.API_REQUIRE_AUTH = True

    assert api_client.get(path).status_code == 200


@pytest.mark.parametrize('path', PAGES)
def test_errors_of_the_pages_come_in_the_envelope(api_client: APIClient, path: str) -> None:
    assert error_of(api_client.post(path, {})) == (405, 'METHOD_NOT_ALLOWED')
