"""The production door for ASGI servers. `wsgi.py` is the faster one: the work is synchronous."""

import os

import django

from realmate_challenge.shared.requests import UTF8ASGIHandler

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'realmate_challenge.settings')

# As `get_asgi_application` does it, but for the handler.
django.setup(set_prefix=False)
application = UTF8ASGIHandler()
