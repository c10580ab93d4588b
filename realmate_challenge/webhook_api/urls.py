"""The API's addresses."""

from typing import Final

from django.urls import URLPattern, path

from realmate_challenge.webhook_api.views.conversations import ConversationListView, ConversationView
from realmate_challenge.webhook_api.views.metrics import MetricsView
from realmate_challenge.webhook_api.views.webhook import WebhookView

urlpatterns: Final[list[URLPattern]] = [
    # First, for it is looked for each time: see `shared.middleware.ShortCut`.
    path('conversations/<str:conversation_id>/', ConversationView.as_view(), name='conversation'),
    path('webhook/', WebhookView.as_view(), name='webhook'),
    # Without the slash too: a redirect would lose the body.
    path('webhook', WebhookView.as_view(schema=None)),
    path('metrics', MetricsView.as_view(), name='metrics'),
    path('conversations/', ConversationListView.as_view(), name='conversations'),
]
