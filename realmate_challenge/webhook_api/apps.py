"""The application."""

from typing import final

from django.apps import AppConfig


@final
class WebhookApiConfig(AppConfig):
    name = 'realmate_challenge.webhook_api'
    label = 'webhook_api'
    verbose_name = 'Webhooks'
