from typing import Any

from django.conf import settings
from django.http import HttpResponse
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from realmate_challenge.shared.http.exception_handler import reason
from realmate_challenge.shared.http.negotiation import IgnoreAcceptHeader
from realmate_challenge.shared.http.parsers import parse_json, read_body
from realmate_challenge.shared.security.signatures import WebhookSignatureAuthentication
from realmate_challenge.webhook_api import composition, openapi, telemetry
from realmate_challenge.webhook_api.serializers.events import given_type, parse_event


class WebhookView(APIView):
    """Receive the platform's events."""

    authentication_classes = (WebhookSignatureAuthentication,)
    permission_classes = ()
    content_negotiation_class = IgnoreAcceptHeader

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().setup(request, *args, **kwargs)
        self.delivery = telemetry.Delivery()

    def perform_authentication(self, request: Request) -> None:
        # Without `request.user`, which no view of events needs. A wrong method is a 405 without a signature, too.
        if request.method == 'POST':
            WebhookSignatureAuthentication().authenticate(request)

    @openapi.receive_event
    def post(self, request: Request) -> HttpResponse:
        delivery, received = self.delivery, request._request  # noqa: SLF001 - documented way to Django's request
        document = parse_json(received)
        try:
            delivery.event = parse_event(document)
        except ValidationError as error:
            delivery.type = given_type(document) or telemetry.UNKNOWN
            if settings.WEBHOOK_SECRETS:  # the sender is authentic: show operators what the platform has changed
                record = composition.record_invalid_event()
                record(read_body(received).decode(), event_type=given_type(document), errors=reason(error))
            raise
        handle = composition.handle_webhook_event(accept_late=settings.WEBHOOK_ACCEPT_LATE_MESSAGES)
        delivery.outcome = handle(delivery.event)
        response = HttpResponse(status=status.HTTP_204_NO_CONTENT)
        del response.headers['Content-Type']
        return response

    def handle_exception(self, exc: Exception) -> Response:
        self.delivery.fail(exc)
        self.request.log_facts = self.delivery.facts()  # type: ignore[attr-defined]  # for the exception handler
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - its signature
        if request.method == 'POST':
            self.delivery.end(response.status_code)
        return super().finalize_response(request, response, *args, **kwargs)
