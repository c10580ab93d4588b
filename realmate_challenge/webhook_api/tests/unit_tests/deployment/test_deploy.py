"""The programs that read the files of `deploy/` and the Dockerfile accept them."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.live_server_helper import LiveServer
from rest_framework.test import APIClient

from realmate_challenge.webhook_api.tests.unit_tests.deployment.files import ROOT, document, text

UNITS: Final = ('realmate.service', 'realmate-upkeep.service', 'realmate-upkeep.timer')
PYTHON: Final = '/opt/realmate/.venv/bin/python'
ALERTS: Final[list[dict[str, Any]]] = document('deploy/prometheus/alerts.yml')['groups'][0]['rules']
PANELS: Final[list[dict[str, Any]]] = json.loads(text('deploy/grafana/dashboard.json'))['panels']
QUERIES: Final[list[str]] = [target['expr'] for panel in PANELS for target in panel['targets']]
METRIC: Final = re.compile(r'\b(?:webhook|database)_[a-z_]+')
LABEL: Final = re.compile(r'(\w+)(?:=~?|!=|!~)"([^"]+)"')
REFERENCE: Final = re.compile(r'^\s*(?:- )?(?:uses:|image:|FROM) (\S+)', re.MULTILINE)
# A commit of an action, a digest of an image, or an image of this project.
PINNED: Final = re.compile(r'.+@(?:[0-9a-f]{40}|sha256:[0-9a-f]{64})|base|realmate:latest')


def run(program: str, *arguments: str) -> None:
    if (path := shutil.which(program)) is None:
        pytest.skip(f'{program} is not installed')
    result = subprocess.run(  # noqa: S603 - fixed commands
        [path, *arguments], capture_output=True, text=True, timeout=120, check=False, cwd=ROOT / 'deploy/prometheus'
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(('action', 'file'), [('check', 'alerts.yml'), ('test', 'alerts.test.yml')])
def test_promtool_accepts_the_alert_rules(action: str, file: str) -> None:
    run('promtool', action, 'rules', file)


def test_promtool_accepts_the_queries_of_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {'record': f'query_{number}', 'expr': query.replace('$__rate_interval', '5m')}
        for number, query in enumerate(QUERIES)
    ]
    (tmp_path / 'queries.yml').write_text(yaml.safe_dump({'groups': [{'name': 'dashboard', 'rules': rules}]}))
    run('promtool', 'check', 'rules', str(tmp_path / 'queries.yml'))


@pytest.mark.django_db
def test_alert_rules_and_dashboard_use_metrics_that_exist() -> None:
    families = text_string_to_metric_families(APIClient().get('/metrics').content.decode())
    samples = [sample for family in families for sample in family.samples]
    labels = {label for sample in samples for label in sample.labels.items()}
    for query in [*QUERIES, *(rule['expr'] for rule in ALERTS)]:
        assert set(METRIC.findall(query)) <= {sample.name for sample in samples}, query
        used = {(name, value) for name, values in LABEL.findall(query) for value in values.split('|') if name != 'job'}
        assert used <= labels, query


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        # `systemd-analyze` requires programs that exist.
        (tmp_path / unit).write_text(text(f'deploy/{unit}').replace(PYTHON, '/bin/true'))
    run('systemd-analyze', 'verify', *(str(tmp_path / unit) for unit in UNITS))


def test_units_run_commands_that_exist_with_options_that_they_accept() -> None:
    commands = re.findall(
        rf'^ExecStart=-?{PYTHON} manage.py (.+)$', text('deploy/realmate-upkeep.service'), re.MULTILINE
    )
    assert len(commands) == 2
    for name, *options in map(str.split, commands):
        # The parser exits on an unknown option.
        load_command_class(str(get_commands()[name]), name).create_parser('manage.py', name).parse_args(options)


@pytest.mark.parametrize(
    'path', ['Dockerfile', 'compose.yaml', '.github/workflows/ci.yml', '.github/workflows/release.yml']
)
def test_actions_and_images_are_pinned_by_digest(path: str) -> None:
    references = REFERENCE.findall(text(path))
    assert references
    assert [reference for reference in references if not PINNED.fullmatch(reference)] == []


@pytest.mark.django_db(transaction=True)
def test_the_health_check_of_the_image_tells_a_live_service_from_a_dead_one(
    django_db_setup: None, live_server: LiveServer
) -> None:
    python, *arguments = json.loads(text('Dockerfile').partition('HEALTHCHECK')[2].partition('CMD ')[2].splitlines()[0])
    assert python == 'python'
    live = live_server.url.rpartition(':')[2]
    for port, management_port, is_healthy in (
        ('9', live, True),
        (live, '9', False),
        (live, '', True),
        ('9', '', False),
    ):
        environment = {**os.environ, 'PORT': port, 'MANAGEMENT_PORT': management_port}
        result = subprocess.run(  # noqa: S603 - the command of the Dockerfile
            [sys.executable, *arguments], env=environment, capture_output=True, timeout=10, check=False
        )
        assert (result.returncode == 0) == is_healthy
