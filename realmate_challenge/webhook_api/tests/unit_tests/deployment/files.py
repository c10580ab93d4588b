"""Files of the repository."""

import re
from pathlib import Path
from typing import Any, Final

import yaml
from django.conf import settings

ROOT: Final[Path] = settings.BASE_DIR
SETTING: Final = re.compile(r"\benv\.\w+\(\s*'([A-Z_]+)'")


def text(path: str) -> str:
    return (ROOT / path).read_text()


def document(path: str) -> Any:  # noqa: ANN401 - YAML
    return yaml.safe_load(text(path))


def settings_read() -> set[str]:
    """Return the names of all settings that the code reads from the environment."""
    sources = (ROOT / 'realmate_challenge').rglob('*.py')
    return {name for file in sources if 'tests' not in file.parts for name in SETTING.findall(file.read_text())}
