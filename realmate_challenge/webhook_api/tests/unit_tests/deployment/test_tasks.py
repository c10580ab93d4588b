"""`make` and `task` say in one line what they lack."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from realmate_challenge.webhook_api.tests.unit_tests.deployment.files import ROOT

type Finished = subprocess.CompletedProcess[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the Makefile, no packages to install, and a name that is hard to quote."""
    made = tmp_path / "C# projects? 100% o'clock"
    (made / 'requirements').mkdir(parents=True)
    (made / 'requirements/dev.txt').touch()
    shutil.copy(ROOT / 'Makefile', made)
    return made


def run(*command: str, cwd: Path, **environ: str) -> Finished:
    if shutil.which(command[0]) is None:
        pytest.skip(f'{command[0]} is not installed')
    given = {**os.environ, 'MAKEFLAGS': '', **environ}
    return subprocess.run(  # noqa: S603 - fixed commands
        command, cwd=cwd, env=given, capture_output=True, text=True, timeout=120, check=False
    )


def test_make_installs_into_a_folder_of_any_name(folder: Path) -> None:
    finished = run('make', 'install', f'PYTHON={sys.executable}', cwd=folder)

    assert finished.returncode == 0, finished.stderr
    assert (folder / '.venv/.installed').exists()


def test_make_names_the_version_that_it_needs(folder: Path) -> None:
    (folder / 'sitecustomize.py').write_text('import sys; sys.version_info = (3, 11, 9)')

    finished = run('make', 'install', f'PYTHON={sys.executable}', cwd=folder, PYTHONPATH=str(folder))

    line, _make = finished.stderr.splitlines()
    assert line.startswith(f'Python >= 3.13 is needed; found: {sys.executable}.')
    assert not (folder / '.venv').exists()


def test_the_audit_names_the_command_that_installs_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / 'pip_audit.py').write_text('raise ModuleNotFoundError')
    path = f'{Path(sys.executable).parent}:{os.environ["PATH"]}'

    finished = run('task', 'audit', cwd=ROOT, PATH=path, PYTHONPATH=str(tmp_path))

    assert finished.returncode == 1
    assert finished.stderr.splitlines() == [
        'Install pip-audit: python -m pip install --require-hashes -r requirements/audit.txt'
    ]
