"""The production door: debug off, and no start without DJANGO_SECRET_KEY."""

import os

import django

from realmate_challenge.shared.requests import UTF8WSGIHandler

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'realmate_challenge.settings')

# As `get_wsgi_application` does it, but for the handler.
django.setup(set_prefix=False)
application = UTF8WSGIHandler()
