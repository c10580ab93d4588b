"""Health checks, and the 404 of unknown URLs."""

from typing import Any, Final, final

from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from realmate_challenge.shared.http.exception_handler import RETRY_AFTER_SECONDS
from realmate_challenge.shared.http.negotiation import IgnoreAcceptHeader
from realmate_challenge.shared.observability.health import readiness

NO_STORE: Final = {'Cache-Control': 'no-store'}


class NotReady(exceptions.APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = 'service_unavailable'
    wait = RETRY_AFTER_SECONDS


class OpenView(APIView):
    """A view without authentication that is not part of the API's description."""

    authentication_classes = ()
    permission_classes = ()
    content_negotiation_class = IgnoreAcceptHeader
    schema = None


@final
class UnknownURLView(OpenView):
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - REST framework's signature
        super().initial(request, *args, **kwargs)
        raise exceptions.NotFound


@final
class LiveView(OpenView):
    """Answer 200 while the process serves."""

    def get(self, request: Request) -> Response:  # noqa: ARG002 - REST framework's signature
        return Response({'status': 'live'}, headers=NO_STORE)


@final
class ReadyView(OpenView):
    """Answer 200 if the process can do its work, or 503 with the reason."""

    def get(self, request: Request) -> Response:  # noqa: ARG002 - REST framework's signature
        if problem := readiness.problem():
            raise NotReady(problem)
        return Response({'status': 'ready'}, headers=NO_STORE)
