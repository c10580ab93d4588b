"""The production door for ASGI servers. `wsgi.py` is the faster one: the work is synchronous."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'realmate_challenge.settings')

application = get_asgi_application()
