"""The production entry point for ASGI servers. `wsgi.py` is faster: the views are synchronous."""

import os
import sys
from typing import Final

import django
from django.core.exceptions import ImproperlyConfigured

from realmate_challenge.shared.environment import forget_secrets
from realmate_challenge.shared.http.requests import UTF8ASGIHandler
from realmate_challenge.shared.security.checks import log_warnings

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'realmate_challenge.settings')

try:
    # `get_asgi_application` does the same with Django's own handler.
    django.setup(set_prefix=False)
    application: Final = UTF8ASGIHandler()
    forget_secrets()
    log_warnings()
except ImproperlyConfigured as error:
    sys.exit(f'Configuration error: {error}')
