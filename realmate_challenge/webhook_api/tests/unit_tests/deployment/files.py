"""The files that a deployment is made of, read as what they are."""

import configparser
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml
from django.conf import settings

ROOT: Final[Path] = settings.BASE_DIR
# Ours, as the code reads them; `NO_COLOR` is a convention of terminals, for the demo.
SETTING: Final = re.compile(r"\benv\.\w+\(\s*'([A-Z_]+)'")


class Instruction(NamedTuple):
    name: str
    value: str

    @property
    def arguments(self) -> list[str]:
        """Of the exec form."""
        return list(json.loads(self.value[self.value.index('[') :]))


def text(path: str) -> str:
    return (ROOT / path).read_text()


def document(path: str) -> Any:  # noqa: ANN401 - YAML
    return yaml.safe_load(text(path))


def stages(path: str) -> list[list[Instruction]]:
    """A Dockerfile's instructions, stage by stage."""
    joined = re.sub(r'\\\n\s*', '', re.sub(r'^#.*\n', '', text(path), flags=re.MULTILINE))
    instructions = [Instruction(*line.split(maxsplit=1)) for line in joined.splitlines() if line]
    starts = [number for number, (name, _) in enumerate(instructions) if name == 'FROM']
    return [instructions[start:end] for start, end in pairwise([*starts, len(instructions)])]


def unit(path: str) -> configparser.ConfigParser:
    """A systemd unit. Of a key that stands more than once, the last value."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # documented: keeps the case of keys
    parser.read(ROOT / path)
    return parser


def settings_read() -> set[str]:
    """The names of all settings that the code reads from the environment."""
    return {name for file in _sources() for name in SETTING.findall(file.read_text())}


def _sources() -> Iterator[Path]:
    for file in (ROOT / 'realmate_challenge').rglob('*.py'):
        if 'tests' not in file.relative_to(ROOT).parts:
            yield file
