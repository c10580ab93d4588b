"""The production entry point for ASGI servers. `wsgi.py` is faster: the views are synchronous."""

from typing import Final

from realmate_challenge.shared.http.requests import UTF8ASGIHandler
from realmate_challenge.startup import start

application: Final = start(UTF8ASGIHandler)
