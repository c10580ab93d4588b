"""The production door: debug off, and no start without DJANGO_SECRET_KEY."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'realmate_challenge.settings')

application = get_wsgi_application()
