from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhookApiConfig(AppConfig):
    name = 'realmate_challenge.webhook_api'
    label = 'webhook_api'
    verbose_name = _('Customer service')

    def ready(self) -> None:
        # They register system checks and signal receivers, and import models.
        from realmate_challenge.shared.observability import health, security_log  # noqa: F401, PLC0415 - see above
        from realmate_challenge.shared.security import checks  # noqa: F401, PLC0415 - see above
