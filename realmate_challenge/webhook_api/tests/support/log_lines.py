"""The log handler of the settings, which the tests replace by one that writes nothing."""

import logging
from io import StringIO
from logging.config import DictConfigurator

from django.conf import settings

from realmate_challenge.shared.observability.logs import RecordFilter


def handler(line_format: str, stream: StringIO) -> logging.Handler:
    """Return the service's handler for `json` or `text` lines."""
    configurator = DictConfigurator(settings.LOGGING)
    made = logging.StreamHandler(stream)
    made.setFormatter(configurator.configure_formatter(configurator.config['formatters'][line_format]))
    made.addFilter(RecordFilter())
    return made
