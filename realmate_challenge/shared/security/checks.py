from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.security, deploy=True)
def check_webhook_secrets(**_: object) -> list[checks.CheckMessage]:
    message = 'WEBHOOK_SECRETS is not set: anyone who knows the URL can post events.'
    return [] if settings.WEBHOOK_SECRETS else [checks.Warning(message, id='webhook_api.W001')]
