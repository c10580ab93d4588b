#!/usr/bin/env python
"""The development door: DJANGO_DEBUG is on, with a throw-away key, unless the environment or `.env` says otherwise."""

import os
import sys
from pathlib import Path


def main() -> None:
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line

        from realmate_challenge.shared import environment
    except ImportError as error:
        sys.exit(f'{error}. Install the project first: `make install`, or `poetry install`.')
    environment.load(Path(__file__).parent)
    if not environment.text('DJANGO_DEBUG'):
        os.environ['DJANGO_DEBUG'] = 'true'
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'realmate_challenge.settings')
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f'Configuration error: {error}')


if __name__ == '__main__':
    main()
