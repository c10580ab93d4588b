"""Base views, health checks and the 404 fallback."""

from typing import Final, final

from django.conf import settings
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from realmate_challenge.shared.http.exception_handler import RETRY_AFTER_SECONDS
from realmate_challenge.shared.http.negotiation import IgnoreAcceptHeader
from realmate_challenge.shared.observability import security_log
from realmate_challenge.shared.observability.health import ReadinessProbe

_readiness: Final = ReadinessProbe()
SERVED_OFTEN: Final = frozenset({'get', 'post'})


class NotReady(exceptions.APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = 'service_unavailable'
    wait = RETRY_AFTER_SECONDS


class BareView(APIView):
    """REST framework's view, which also writes refusals to the security log.

    `Allow` is left out of the answers that do not need it, because REST framework computes it for each one.
    """

    @property
    def default_response_headers(self) -> dict[str, str]:
        method = str(self.request.method).lower()
        if method in SERVED_OFTEN and hasattr(self, method):
            return {}
        return dict(super().default_response_headers)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, security_log.REFUSALS):
            security_log.record_refusal(self.request, self, exc)
        return super().handle_exception(exc)


class ReadView(BareView):
    """A view that needs the right to read. Without `API_REQUIRE_AUTH`, nobody is authenticated."""

    def perform_authentication(self, request: Request) -> None:
        if settings.API_REQUIRE_AUTH:
            super().perform_authentication(request)


@final
class UnknownURLView(BareView):
    """Answer 404 in the envelope for every method."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        raise exceptions.NotFound


@final
class LiveView(BareView):
    """Answer 200 while the process serves."""

    authentication_classes = ()
    permission_classes = ()
    content_negotiation_class = IgnoreAcceptHeader
    schema = None

    def get(self, request: Request) -> Response:  # noqa: ARG002 - REST framework's signature
        return Response({'status': 'live'}, headers={'Cache-Control': 'no-store'})


@final
class ReadyView(BareView):
    """Answer 200 if the process can do its work, or 503 with the reason."""

    authentication_classes = ()
    permission_classes = ()
    content_negotiation_class = IgnoreAcceptHeader
    schema = None

    def get(self, request: Request) -> Response:  # noqa: ARG002 - REST framework's signature
        problem = _readiness.problem()
        if problem is not None:
            raise NotReady(problem)
        return Response({'status': 'ready'}, headers={'Cache-Control': 'no-store'})
