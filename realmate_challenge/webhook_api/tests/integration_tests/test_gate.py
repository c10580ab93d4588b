"""The gate can fail: what it is to catch is tried on a copy of the project."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from realmate_challenge.webhook_api.tests.support.processes import ROOT, environment_with

USE_CASE = Path('realmate_challenge/webhook_api/use_cases/create_message.py')
BIN = Path(sys.executable).parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the code, to be spoiled."""
    shutil.copy(ROOT / 'pyproject.toml', tmp_path)
    shutil.copytree(ROOT / 'realmate_challenge', tmp_path / 'realmate_challenge')
    return tmp_path


def run_in(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own tools
        command, cwd=project, env=environment_with(), capture_output=True, text=True, timeout=120, check=False
    )


def lint_imports(project: Path) -> tuple[int, str]:
    finished = run_in(project, str(BIN / 'lint-imports'), '--no-cache')
    return finished.returncode, finished.stdout


def prepend(file: Path, line: str) -> None:
    file.write_text(f'{line}\n{file.read_text(encoding="utf-8")}', encoding='utf-8')


@pytest.mark.parametrize(
    ('file', 'line', 'contract'),
    [
        (USE_CASE, 'import django.db', 'The heart of the service knows no framework'),
        (USE_CASE, 'import realmate_challenge.webhook_api.models', 'Layers point inwards'),
        (Path('realmate_challenge/shared/errors.py'), 'import realmate_challenge.webhook_api', 'What is shared'),
        (
            Path('realmate_challenge/webhook_api/composition.py'),
            'import realmate_challenge.webhook_api.tests',
            'Nothing',
        ),
        (
            Path('realmate_challenge/webhook_api/views/webhook.py'),
            'import realmate_challenge.webhook_api.models',
            'Only repositories',
        ),
    ],
    ids=['a framework', 'a layer', 'what is shared', 'tests', 'tables'],
)
def test_an_import_against_the_rules_fails(project: Path, file: Path, line: str, contract: str) -> None:
    prepend(project / file, line)

    code, output = lint_imports(project)

    assert code == 1
    (broken,) = [line for line in output.splitlines() if line.startswith(contract) and line.endswith('BROKEN')]
    assert broken


def test_a_module_without_a_layer_fails(project: Path) -> None:
    (project / 'realmate_challenge/webhook_api/helpers.py').touch()

    code, output = lint_imports(project)

    assert code == 1
    assert 'helpers' in output


def run_test(tmp_path: Path, code: str) -> subprocess.CompletedProcess[str]:
    file = tmp_path / 'test_of_the_gate.py'
    file.write_text(code, encoding='utf-8')
    options = ['-p', 'no:cacheprovider', '--confcutdir', str(tmp_path), '-c', str(ROOT / 'pyproject.toml')]
    return run_in(ROOT, sys.executable, '-m', 'pytest', *options, '--rootdir', str(ROOT), str(file))


@pytest.mark.parametrize(
    ('code', 'exit_code', 'said'),
    [
        ('def test_nothing():\n    pass\n', 0, '1 passed'),
        ('import warnings\ndef test_warning():\n    warnings.warn("of the gate")\n', 1, 'UserWarning: of the gate'),
        ('import pytest\n@pytest.mark.unknown\ndef test_mark():\n    pass\n', 2, 'unknown'),
    ],
    ids=['nothing wrong', 'a warning', 'an unknown mark'],
)
def test_a_warning_fails(tmp_path: Path, code: str, exit_code: int, said: str) -> None:
    finished = run_test(tmp_path, code)

    assert finished.returncode == exit_code, finished.stdout
    assert said in finished.stdout


def test_what_the_gate_consists_of() -> None:
    tasks = tomllib.loads((ROOT / 'pyproject.toml').read_text(encoding='utf-8'))['tool']
    commands = {
        name: task if isinstance(task, str) else task['cmd'] for name, task in tasks['taskipy']['tasks'].items()
    }

    assert commands['test'] == 'task lint && task typecheck && task unit'
    assert commands['lint'] == 'ruff check . && ruff format --check . && lint-imports'
    assert (tasks['mypy']['strict'], tasks['coverage']['run']['branch']) == (True, True)
    assert tasks['coverage']['report']['fail_under'] >= 98
    assert tasks['pytest']['filterwarnings'][0] == 'error'
