"""Documents agree with the code and with each other."""

import json
import re
import tomllib
from typing import Final

import pytest

from realmate_challenge.webhook_api.tests.support.payloads import BRIEF
from realmate_challenge.webhook_api.tests.unit_tests.deployment.files import ROOT, document, settings_read, text

DOCUMENTS: Final = [str(path.relative_to(ROOT)) for path in (*ROOT.glob('*.md'), *ROOT.glob('docs/*.md'))]
LINK: Final = re.compile(r'\]\((?!http)([^)\s]+)\)')
CODE: Final = re.compile(r'```.*?```', re.DOTALL)
# The image sets these, and the health check and the proxy depend on them.
NOT_IN_COMPOSE: Final = {'DJANGO_DEBUG', 'HOST', 'PORT', 'MANAGEMENT_PORT'}
RUNBOOK: Final = 'https://github.com/giovanivalente/webhook-event-processor/blob/HEAD/'


def has_target(source: str, link: str) -> bool:
    """Whether the file of a relative link exists and has the heading of its anchor, if the link has one."""
    path, _, anchor = link.partition('#')
    target = (ROOT / source).parent / path if path else ROOT / source
    if not anchor:
        return target.exists()
    headings = re.findall(r'^#+ (.+)$', CODE.sub('', target.read_text()), re.MULTILINE)
    return anchor in {re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-') for heading in headings}


@pytest.mark.parametrize('source', DOCUMENTS)
def test_relative_links_have_a_target(source: str) -> None:
    assert [link for link in LINK.findall(CODE.sub('', text(source))) if not has_target(source, link)] == []


def test_every_alert_links_to_its_section_of_the_operations_manual() -> None:
    for rule in document('deploy/prometheus/alerts.yml')['groups'][0]['rules']:
        assert has_target('README.md', rule['annotations']['runbook_url'].removeprefix(RUNBOOK))


def test_every_setting_is_documented() -> None:
    table = set(re.findall(r'^\| `([A-Z_]+)` \|', text('docs/operations.md'), re.MULTILINE))
    example = set(re.findall(r'^#([A-Z_]+)=', text('.env.example'), re.MULTILINE))
    container = set(document('compose.yaml')['services']['app']['environment'])

    assert table == settings_read()
    assert example == settings_read() | {'POSTGRES_PASSWORD'}
    assert container == settings_read() - NOT_IN_COMPOSE


def test_the_newest_version_of_the_changelog_is_that_of_the_package_and_of_the_schema() -> None:
    newest, *_ = re.findall(r'^## \[(\d.*?)\]', text('CHANGELOG.md'), re.MULTILINE)

    assert tomllib.loads(text('pyproject.toml'))['project']['version'] == newest
    assert document('openapi.yaml')['info']['version'] == newest


@pytest.mark.parametrize('readme', ['README.md', 'README.pt-BR.md'])
def test_the_readme_posts_the_events_of_the_schema(readme: str) -> None:
    assert [json.loads(body) for body in re.findall(r"-d '(.*?)'", text(readme), re.DOTALL)] == BRIEF
