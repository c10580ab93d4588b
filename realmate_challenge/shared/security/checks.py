"""What `manage.py check --deploy` says of this service."""

from django.conf import settings
from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning


def unsigned_events_are_accepted(**_: object) -> list[CheckMessage]:
    if settings.WEBHOOK_SECRETS:
        return []
    return [
        CheckWarning(
            'WEBHOOK_SECRETS is not set: anyone who finds the URL can post events.',
            hint='Set it to the secret that the platform signs with; several, separated by commas, while rotating.',
            id='webhook_api.W001',
        )
    ]
