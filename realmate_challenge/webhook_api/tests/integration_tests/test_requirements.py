"""`requirements/*.txt`, from which pip installs, say what `poetry.lock` says."""

import re
import tomllib
from typing import Any

import pytest

from realmate_challenge.webhook_api.tests.support.processes import ROOT

LOCK: dict[str, Any] = tomllib.loads((ROOT / 'poetry.lock').read_text(encoding='utf-8'))
PROJECT: dict[str, Any] = tomllib.loads((ROOT / 'pyproject.toml').read_text(encoding='utf-8'))
FILES = {'runtime': {'main'}, 'dev': {'main', 'dev'}, 'browser': {'browser'}, 'audit': {'audit'}}
REQUIREMENT = re.compile(r'(?P<name>[\w.-]+)(?:\[[\w,-]+\])?==(?P<version>[^ ;]+)(?P<rest>.*)')
NAME = re.compile(r'[\w.-]+')

type Pinned = dict[str, tuple[str, frozenset[str]]]


def normal(name: str) -> str:
    return re.sub(r'[-_.]+', '-', name).lower()


def locked(groups: set[str]) -> Pinned:
    return {
        normal(package['name']): (package['version'], frozenset(file['hash'] for file in package['files']))
        for package in LOCK['package']
        if groups & set(package['groups'])
    }


def required(file: str) -> Pinned:
    text = (ROOT / 'requirements' / f'{file}.txt').read_text(encoding='utf-8').replace('\\\n', ' ')
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        match = REQUIREMENT.fullmatch(line)
        assert match is not None, f'no pinned requirement: {line}'
        hashes = frozenset(re.findall(r'--hash=(sha256:[0-9a-f]{64})', match['rest']))
        found[normal(match['name'])] = (match['version'], hashes)
    return found


@pytest.mark.parametrize(('file', 'groups'), FILES.items())
def test_names_versions_and_hashes_are_those_of_the_lock(file: str, groups: set[str]) -> None:
    assert required(file) == locked(groups)


def test_there_is_no_other_file() -> None:
    assert {path.stem for path in (ROOT / 'requirements').iterdir()} == set(FILES)


@pytest.mark.parametrize('group', ['main', 'dev', 'browser', 'audit'])
def test_whatever_is_declared_is_locked(group: str) -> None:
    declared = PROJECT['project']['dependencies'] if group == 'main' else PROJECT['dependency-groups'][group]

    names = {normal(NAME.match(dependency)[0]) for dependency in declared}  # type: ignore[index]  # each begins so

    assert names <= set(locked({group}))
