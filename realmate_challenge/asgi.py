"""The production door for ASGI servers. `wsgi.py` is the faster one: the work is synchronous."""

import os
import sys
from typing import Final

import django
from django.core.exceptions import ImproperlyConfigured

from realmate_challenge.shared.requests import UTF8ASGIHandler

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'realmate_challenge.settings')

try:
    # As `get_asgi_application` does it, but for the handler.
    django.setup(set_prefix=False)
    application: Final = UTF8ASGIHandler()
except ImproperlyConfigured as error:
    sys.exit(f'Configuration error: {error}')
