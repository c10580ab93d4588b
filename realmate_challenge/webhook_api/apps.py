"""The application."""

from typing import final

from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _

from realmate_challenge.shared.security import checks as service_checks


@final
class WebhookApiConfig(AppConfig):
    name = 'realmate_challenge.webhook_api'
    label = 'webhook_api'
    verbose_name = _('Customer service')

    def ready(self) -> None:
        from realmate_challenge.shared.observability import security_log  # noqa: F401, PLC0415 - it connects receivers, and needs models

        checks.register(service_checks.unsigned_events_are_accepted, checks.Tags.security, deploy=True)
