"""Start Django in a server process."""

import os
import sys
from collections.abc import Callable
from importlib import import_module

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from realmate_challenge.shared.environment import forget_secrets
from realmate_challenge.shared.security.checks import log_warnings


def start[Handler](handler: Callable[[], Handler]) -> Handler:
    """Set Django up and return a handler, as `get_wsgi_application` does for Django's own handler.

    If a setting is wrong, end the process with one line.
    """
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'realmate_challenge.settings')
    try:
        django.setup(set_prefix=False)
        # Django would import the views at the first request, perhaps after an upgrade has changed them.
        import_module(settings.ROOT_URLCONF)
        forget_secrets()
        log_warnings()
        return handler()
    except ImproperlyConfigured as error:
        sys.exit(f'Configuration error: {error}')
