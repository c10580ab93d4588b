#!/usr/bin/env python
"""The development entry point. Default: DJANGO_DEBUG is on, with a random secret key."""

import os
import sys
from pathlib import Path


def main() -> None:
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
        from django.db import Error

        from realmate_challenge.shared import environment
        from realmate_challenge.shared.errors import UnavailableError
    except ImportError as error:
        sys.exit(f'{error}. Install the project first: `make install`, or `poetry install`.')
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'realmate_challenge.settings')
    try:
        had_key = 'DJANGO_SECRET_KEY' in os.environ
        environment.load(Path(__file__).parent)
        # A `.env` with a key is for production.
        default = 'false' if not had_key and os.environ.get('DJANGO_SECRET_KEY') else 'true'
        os.environ['DJANGO_DEBUG'] = os.environ.get('DJANGO_DEBUG', '').strip() or default
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f'Configuration error: {error}')
    except (Error, UnavailableError) as error:
        if '--traceback' in sys.argv:
            raise
        # Messages of drivers have several lines.
        sys.exit(f'Stopped: {" ".join(str(error).split())} Run the command again.')


if __name__ == '__main__':
    main()
