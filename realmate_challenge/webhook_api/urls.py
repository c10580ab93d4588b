from typing import Final

from django.urls import URLPattern, path

from realmate_challenge.webhook_api.views.conversations import ConversationListView, ConversationView
from realmate_challenge.webhook_api.views.metrics import MetricsView
from realmate_challenge.webhook_api.views.webhook import WebhookView

urlpatterns: Final[list[URLPattern]] = [
    # First, because it is resolved for each request.
    path('conversations/<str:conversation_id>/', ConversationView.as_view(), name='conversation'),
    path('webhook/', WebhookView.as_view(), name='webhook'),
    # Also without the slash: a redirect would lose the body.
    path('webhook', WebhookView.as_view(schema=None)),
    path('metrics', MetricsView.as_view(), name='metrics'),
    path('conversations/', ConversationListView.as_view(), name='conversations'),
]
