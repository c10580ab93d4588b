"""The systemd units."""

import importlib.util
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
from django.core.management import get_commands, load_command_class

from realmate_challenge.webhook_api.tests.unit_tests.deployment.files import ROOT, text, unit

SERVICES: Final = ('deploy/realmate.service', 'deploy/realmate-upkeep.service')
UNITS: Final = (*SERVICES, 'deploy/realmate-upkeep.timer')
PYTHON: Final = '/opt/realmate/.venv/bin/python'
SYSTEMD_ANALYZE: Final = shutil.which('systemd-analyze')


def commands(path: str) -> list[list[str]]:
    starts = [line.partition('=')[2] for line in text(path).splitlines() if line.startswith('ExecStart=')]
    return [start.removeprefix('-').split() for start in starts]


def test_the_service_serves_and_comes_back() -> None:
    service = unit('deploy/realmate.service')
    ((python, flag, module),) = commands('deploy/realmate.service')
    assert (python, flag) == (PYTHON, '-m')
    assert importlib.util.find_spec(module) is not None
    assert service['Service']['Restart'] == 'always'
    assert service['Unit']['StartLimitIntervalSec'] == '0'


def test_upkeep_runs_commands_that_exist_with_options_that_they_take() -> None:
    run = commands('deploy/realmate-upkeep.service')
    assert [name for _, _, name, *_ in run] == ['replay_events', 'prune_events']
    for python, manage, name, *options in run:
        assert (python, manage) == (PYTHON, 'manage.py')
        parser = load_command_class(str(get_commands()[name]), name).create_parser('manage.py', name)
        # It exits on an option that it does not know.
        assert vars(parser.parse_args(options))


def test_the_timer_has_its_service() -> None:
    assert unit('deploy/realmate-upkeep.timer')['Timer']['Persistent'] == 'true'
    assert (ROOT / 'deploy/realmate-upkeep.service').exists()


@pytest.mark.parametrize('path', SERVICES)
def test_services_may_do_little_and_are_no_development_door(path: str) -> None:
    service = unit(path)['Service']
    assert service['User'] == 'realmate'
    assert service['NoNewPrivileges'] == 'yes'
    assert service['ProtectSystem'] == 'strict'
    assert service['CapabilityBoundingSet'] == ''
    assert 'DJANGO_DEBUG=false' in service['Environment'].split()


@pytest.mark.skipif(SYSTEMD_ANALYZE is None, reason='needs systemd-analyze')
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    paths = [tmp_path / Path(path).name for path in UNITS]
    for source, path in zip(UNITS, paths, strict=True):
        # It wants programs that exist.
        path.write_text(text(source).replace(PYTHON, '/bin/true'))
    result = subprocess.run(  # noqa: S603 - our own units
        [str(SYSTEMD_ANALYZE), 'verify', *map(str, paths)], capture_output=True, text=True, timeout=60, check=False
    )
    ours = [line for line in result.stderr.splitlines() if 'realmate' in line]
    assert (result.returncode, ours) == (0, [])
