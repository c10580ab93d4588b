"""`requirements/*.txt`, which pip installs, list the packages of `poetry.lock`."""

import re
import tomllib
from typing import Any, Final

import pytest

from realmate_challenge.webhook_api.tests.unit_tests.deployment.files import text

LOCK: Final[dict[str, Any]] = tomllib.loads(text('poetry.lock'))
REQUIREMENT: Final = re.compile(r'^([\w.-]+)(?:\[.+?\])?==([^ ;]+)(.*)$', re.MULTILINE)


@pytest.mark.parametrize(
    ('file', 'groups'),
    {'runtime': {'main'}, 'dev': {'main', 'dev'}, 'browser': {'browser'}, 'audit': {'audit'}}.items(),
)
def test_names_versions_and_hashes_are_those_of_the_lock(file: str, groups: set[str]) -> None:
    lines = text(f'requirements/{file}.txt').replace('\\\n', ' ')
    required = {
        (name, version, *sorted(re.findall(r'--hash=(sha256:[0-9a-f]{64})', rest)))
        for name, version, rest in REQUIREMENT.findall(lines)
    }

    assert required == {
        (package['name'], package['version'], *sorted({file['hash'] for file in package['files']}))
        for package in LOCK['package']
        if groups & set(package['groups'])
    }
