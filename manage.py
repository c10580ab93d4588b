#!/usr/bin/env python
"""The development entry point. Default: DJANGO_DEBUG is on, with a random secret key."""

import os
import sys
from pathlib import Path


def main() -> None:
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
        from django.db import InterfaceError, OperationalError

        from realmate_challenge.shared import environment
        from realmate_challenge.shared.errors import UnavailableError
    except ImportError as error:
        sys.exit(f'{error}. Install the project first: `make install`, or `poetry install`.')
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'realmate_challenge.settings')
    try:
        environment.load(Path(__file__).parent)
        os.environ['DJANGO_DEBUG'] = os.environ.get('DJANGO_DEBUG', '').strip() or 'true'
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f'Configuration error: {error}')
    except (InterfaceError, OperationalError, UnavailableError) as error:
        if '--traceback' in sys.argv:
            raise
        # Messages of drivers have several lines.
        sys.exit(f'Stopped: {" ".join(str(error).split())} Run the command again.')


if __name__ == '__main__':
    main()
