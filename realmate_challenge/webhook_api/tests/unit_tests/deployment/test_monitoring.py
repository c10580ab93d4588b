"""Alert rules and the dashboard: they ask for metrics that exist, and Prometheus accepts them."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from rest_framework.test import APIClient

from realmate_challenge.webhook_api.tests.unit_tests.deployment.files import ROOT, document, text

PROMETHEUS: Final = 'deploy/prometheus/'
RULES: Final[list[dict[str, Any]]] = document(f'{PROMETHEUS}alerts.yml')['groups'][0]['rules']
DASHBOARD: Final[dict[str, Any]] = json.loads(text('deploy/grafana/dashboard.json'))
QUERIES: Final[list[str]] = [target['expr'] for panel in DASHBOARD['panels'] for target in panel['targets']]
METRIC: Final = re.compile(r'\b(?:webhook|database)_[a-z_]+')
LABEL: Final = re.compile(r'(\w+)=~?"([^"]+)"')
PROMTOOL: Final = shutil.which('promtool')
needs_promtool: Final = pytest.mark.skipif(PROMTOOL is None, reason='needs promtool, of the Debian package prometheus')


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own files
        [str(PROMTOOL), *arguments], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT / PROMETHEUS
    )


@needs_promtool
def test_prometheus_accepts_the_rules() -> None:
    result = promtool('check', 'rules', 'alerts.yml')
    assert result.returncode == 0, result.stderr


@needs_promtool
def test_the_rules_fire_when_they_should_and_only_then() -> None:
    result = promtool('test', 'rules', 'alerts.test.yml')
    assert result.returncode == 0, result.stdout + result.stderr


@needs_promtool
def test_prometheus_accepts_the_queries_of_the_dashboard(tmp_path: Path) -> None:
    """As recording rules, which have to be valid in the same way."""
    rules = [
        {'record': f'query_{number}', 'expr': query.replace('$__rate_interval', '5m')}
        for number, query in enumerate(QUERIES)
    ]
    file = tmp_path / 'queries.yml'
    file.write_text(yaml.safe_dump({'groups': [{'name': 'dashboard', 'rules': rules}]}))
    result = promtool('check', 'rules', str(file))
    assert result.returncode == 0, result.stderr


@pytest.mark.django_db
def test_rules_and_dashboard_ask_for_what_the_service_measures() -> None:
    body = APIClient().get('/metrics').content.decode()
    samples = [sample for family in text_string_to_metric_families(body) for sample in family.samples]
    labels = {(key, value) for sample in samples for key, value in sample.labels.items()}
    for query in [*QUERIES, *(rule['expr'] for rule in RULES)]:
        assert set(METRIC.findall(query)) <= {sample.name for sample in samples}, query
        asked = {(key, value) for key, found in LABEL.findall(query) for value in found.split('|') if key != 'job'}
        assert asked <= labels, query


def test_every_alert_has_its_page() -> None:
    headings = re.findall(r'^### (\w+)$', text('docs/operations.md'), re.MULTILINE)
    assert len(RULES) == 4
    for rule in RULES:
        assert rule['alert'] in headings
        assert rule['annotations']['runbook_url'].endswith(f'docs/operations.md#{rule["alert"].lower()}')


def test_panels_have_their_own_ids_and_do_not_overlap() -> None:
    panels = DASHBOARD['panels']
    assert len({panel['id'] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for place in (panel['gridPos'] for panel in panels)
        for x in range(place['x'], place['x'] + place['w'])
        for y in range(place['y'], place['y'] + place['h'])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
