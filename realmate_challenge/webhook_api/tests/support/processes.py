"""The service as others start it: in a process of its own, in an environment that is known."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from django.conf import settings

ROOT: Final = Path(settings.BASE_DIR)
SETTING: Final = re.compile(r"\benv\.\w+\(\s*'([A-Z_]+)'")
PRODUCTION: Final = {
    'DJANGO_SECRET_KEY': 'k3y-of-fifty-characters-and-more-that-nobody-else-knows-0123456789',
    'DJANGO_ALLOWED_HOSTS': 'example.com',
    'WEBHOOK_SECRETS': 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
}


def known_settings() -> set[str]:
    """Every name that the settings and the server read."""
    return {
        name
        for file in (ROOT / 'realmate_challenge').glob('*.py')
        for name in SETTING.findall(file.read_text(encoding='utf-8'))
    }


def environment_with(**given: str) -> dict[str, str]:
    """Empty counts as not set, and wins over a developer's `.env`. The database is SQLite's, in memory."""
    unset = dict.fromkeys(known_settings(), '')
    return {**os.environ, **unset, 'DJANGO_SETTINGS_MODULE': '', 'DATABASE_URL': 'sqlite://:memory:', **given}


def run(*arguments: str, root: str = str(ROOT), **environ: str) -> subprocess.CompletedProcess[str]:
    """Python with arguments, beside `manage.py`."""
    given = environment_with(**environ)
    del given['DJANGO_SETTINGS_MODULE']
    return subprocess.run(
        [sys.executable, '-W', 'error', *arguments],
        cwd=root,
        env=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
