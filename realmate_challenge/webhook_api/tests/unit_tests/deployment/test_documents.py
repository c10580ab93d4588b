"""What the documents say of the code, and of each other."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from realmate_challenge.webhook_api import openapi
from realmate_challenge.webhook_api.tests.unit_tests.deployment.files import ROOT, settings_read, text

DOCUMENTS: Final = (
    'README.md',
    'README.pt-BR.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'SECURITY.md',
    'docs/operations.md',
    'docs/security.md',
)
# Set by the server for its processes.
SET_BY_US: Final = 'PROMETHEUS_MULTIPROC_DIR'
# Made elsewhere: delete this set once it is there.
LINK: Final = re.compile(r'\]\(([^)\s]+)\)')
CODE: Final = re.compile(r'```.*?```', re.DOTALL)
EVENTS: Final = (openapi.NEW_CONVERSATION, openapi.MESSAGE_RECEIVED, openapi.MESSAGE_SENT, openapi.CLOSE_CONVERSATION)


def anchors(path: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r'^#+ (.+)$', CODE.sub('', path.read_text()), re.MULTILINE)
    return {re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-') for heading in headings}


def links(document: str) -> set[str]:
    return {link for link in LINK.findall(CODE.sub('', text(document))) if not link.startswith('http')}


@pytest.mark.parametrize('document', DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    for link in links(document):
        path, _, anchor = link.partition('#')
        target = (ROOT / document).parent / path if path else ROOT / document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_table_of_settings_is_complete() -> None:
    table = set(re.findall(r'^\| `([A-Z_]+)` \|', text('docs/operations.md'), re.MULTILINE))
    assert table == settings_read() | {SET_BY_US}


def test_the_example_environment_is_complete() -> None:
    example = set(re.findall(r'^#([A-Z_]+)=', text('.env.example'), re.MULTILINE))
    assert example == settings_read() | {'POSTGRES_PASSWORD'}


def test_the_example_environment_changes_nothing_by_itself() -> None:
    assert all(line.startswith('#') or not line for line in text('.env.example').splitlines())


@pytest.mark.parametrize('document', ['README.md', 'README.pt-BR.md'])
def test_the_readme_posts_the_events_of_the_schema(document: str) -> None:
    assert posted(document) == list(EVENTS)


def posted(document: str) -> list[Any]:
    return [json.loads(body) for body in re.findall(r"-d '(.*?)'", text(document), re.DOTALL)]
