"""Run the service in a process of its own, in a known environment."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from django.conf import settings

from realmate_challenge.shared.security.checks import LOGGED_BY

ROOT: Final = Path(settings.BASE_DIR)
SETTING: Final = re.compile(r"\benv\.\w+\(\s*'([A-Z_]+)'")
PRODUCTION: Final = {
    'DJANGO_SECRET_KEY': 'k3y-of-fifty-characters-and-more-that-nobody-else-knows-0123456789',
    'DJANGO_ALLOWED_HOSTS': 'example.com',
    'WEBHOOK_SECRETS': 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
}


def environment_with(**given: str) -> dict[str, str]:
    """Return the environment with `given` as the only settings, and SQLite in memory as the default database.

    The other settings are empty, which counts as not set and takes precedence over a developer's `.env`.
    """
    files = (ROOT / 'realmate_challenge').glob('*.py')
    unset = {name: '' for file in files for name in SETTING.findall(file.read_text(encoding='utf-8'))}
    # A server that a test starts logs its warnings, whatever this process has imported.
    inherited = {name: value for name, value in os.environ.items() if name != LOGGED_BY}
    return {**inherited, **unset, 'DJANGO_SETTINGS_MODULE': '', 'DATABASE_URL': 'sqlite://:memory:', **given}


def run(*arguments: str, root: str = str(ROOT), **environ: str) -> subprocess.CompletedProcess[str]:
    """Run Python with arguments, in the directory of `manage.py`."""
    given = environment_with(**environ)
    del given['DJANGO_SETTINGS_MODULE']
    command = [sys.executable, '-W', 'error', *arguments]
    return subprocess.run(command, cwd=root, env=given, capture_output=True, text=True, timeout=60, check=False)
