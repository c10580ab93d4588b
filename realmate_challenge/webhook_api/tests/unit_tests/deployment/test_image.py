"""The Dockerfile: what can be said of it without a Docker engine."""

import importlib.util
import os
import re
import subprocess
import sys
from typing import Final

import pytest
from pytest_django.live_server_helper import LiveServer

from realmate_challenge.webhook_api.tests.unit_tests.deployment.files import ROOT, settings_read, stages, text

_, BUILD, FINAL = stages('Dockerfile')
CLOSED_PORT: Final = '9'


def values(name: str) -> list[str]:
    return [instruction.value for instruction in FINAL if instruction.name == name]


def test_only_the_hash_checked_runtime_packages_are_installed() -> None:
    (install,) = (step.value for step in BUILD if 'install' in step.value)
    assert '--require-hashes --only-binary :all: -r /runtime.txt' in install
    assert ('COPY', 'requirements/runtime.txt /runtime.txt') in BUILD


def test_the_final_image_installs_and_builds_nothing() -> None:
    assert re.search(r'pip|apt|gcc|make|curl', ' '.join(values('RUN'))) is None
    assert not values('ADD')


def test_it_does_not_run_as_root() -> None:
    (user,) = values('USER')
    assert f'--no-create-home --shell /usr/sbin/nologin {user}' in values('RUN')[0]
    names = [instruction.name for instruction in FINAL]
    assert names.index('USER') > max(number for number, name in enumerate(names) if name in {'RUN', 'COPY'})


def test_it_serves_and_does_not_migrate() -> None:
    (command,) = (instruction.arguments for instruction in FINAL if instruction.name == 'CMD')
    assert command[:2] == ['python', '-m']
    assert importlib.util.find_spec(command[2]) is not None
    assert 'migrate' not in ' '.join(step.value for step in FINAL)


def test_it_is_the_production_door_on_every_address() -> None:
    (environment,) = values('ENV')
    assert 'DJANGO_DEBUG=false' in environment
    assert 'HOST=0.0.0.0' in environment
    ours = set(re.findall(r'([A-Z_]+)=', environment)) - {'PATH', 'PYTHONUNBUFFERED', 'PYTHONDONTWRITEBYTECODE'}
    assert ours <= settings_read()


def test_what_is_copied_exists_and_gets_past_dockerignore() -> None:
    allowed = {line[1:] for line in text('.dockerignore').splitlines() if line.startswith('!')}
    copied = {step.value.split()[0] for step in [*BUILD, *FINAL] if step.name == 'COPY' and '--from' not in step.value}
    assert copied == allowed
    assert all((ROOT / path).exists() for path in copied)


def test_dockerignore_begins_by_leaving_everything_out() -> None:
    rules = [line for line in text('.dockerignore').splitlines() if not line.startswith('#')]
    assert rules[0] == '*'
    assert 'realmate_challenge/webhook_api/tests' in rules


def health_check(port: str) -> int:
    (command,) = (instruction.arguments for instruction in FINAL if instruction.name == 'HEALTHCHECK')
    assert command[:2] == ['python', '-c']
    result = subprocess.run(  # noqa: S603 - our own Dockerfile
        [sys.executable, *command[1:]], env={**os.environ, 'PORT': port}, capture_output=True, timeout=10, check=False
    )
    return result.returncode


@pytest.mark.django_db(transaction=True)
def test_the_health_check_sees_a_live_service(django_db_setup: None, live_server: LiveServer) -> None:
    assert health_check(live_server.url.rpartition(':')[2]) == 0


def test_the_health_check_sees_a_dead_service() -> None:
    assert health_check(CLOSED_PORT) != 0
