"""Warnings of `manage.py check --deploy`, which a production server also logs when it starts."""

import logging
import os
from typing import Final

from django.conf import settings
from django.core import checks

logger: Final = logging.getLogger(__name__)

LOGGED_BY: Final = 'REALMATE_WARNINGS_LOGGED_BY'


@checks.register(checks.Tags.security, deploy=True)
def check_exposure(**_: object) -> list[checks.CheckMessage]:
    """Name what is open to strangers, and variables of the environment that no setting reads."""
    is_wrong = {
        'WEBHOOK_SECRETS is not set: anyone who knows the URL can post events.': not settings.WEBHOOK_SECRETS,
        'API_REQUIRE_AUTH is off: anyone can read the conversations.': not settings.API_REQUIRE_AUTH,
        'DJANGO_HTTPS is off: messages, tokens and passwords travel unencrypted.': not settings.HTTPS,
        "DJANGO_ALLOWED_HOSTS contains '*': any Host header is accepted.": '*' in settings.ALLOWED_HOSTS,
        **dict.fromkeys(settings.UNKNOWN_VARIABLES, True),
    }
    return [checks.Warning(message, id='webhook_api.W001') for message, is_found in is_wrong.items() if is_found]


def log_warnings() -> None:
    """Log them in production, once for each server: workers inherit the variable that the main process sets."""
    if not settings.DEBUG and os.environ.setdefault(LOGGED_BY, str(os.getpid())) == str(os.getpid()):
        for warning in check_exposure():
            logger.warning(warning.msg)
