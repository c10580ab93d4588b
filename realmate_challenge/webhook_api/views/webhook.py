"""`POST /webhook/`."""

from typing import final

from django.http import HttpResponse
from rest_framework import status
from rest_framework.request import Request

from realmate_challenge.shared.parsers import JSONParser, parse_json, read_body
from realmate_challenge.shared.signatures import WebhookSignatureAuthentication
from realmate_challenge.shared.views import BareView
from realmate_challenge.webhook_api import composition, openapi
from realmate_challenge.webhook_api.serializers.events import parse_event


@final
class WebhookView(BareView):
    """Takes the platform's events."""

    authentication_classes = (WebhookSignatureAuthentication,)
    permission_classes = ()
    parser_classes = (JSONParser,)

    @openapi.receive_event
    def post(self, request: Request) -> HttpResponse:
        http_request = request._request  # noqa: SLF001 - REST framework's documented way to Django's request
        event = parse_event(parse_json(http_request))
        composition.handle_webhook_event()(event, read_body(http_request))
        return HttpResponse(status=status.HTTP_204_NO_CONTENT)
