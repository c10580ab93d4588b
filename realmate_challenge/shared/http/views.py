"""The base of views without credentials, and the health checks."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from realmate_challenge.shared.http.exception_handler import ServiceUnavailable
from realmate_challenge.shared.http.negotiation import IgnoreAcceptHeader
from realmate_challenge.shared.observability.health import readiness


class OpenView(APIView):
    """A view for everyone, which is not part of the documented API."""

    authentication_classes = ()
    permission_classes = ()
    content_negotiation_class = IgnoreAcceptHeader
    schema = None

    def options(self, request: Any, *_: Any, **__: Any) -> Any:  # noqa: ANN401 - as `get`
        """Answer as GET does: HAProxy's health checks use OPTIONS by default."""
        return self.get(request)  # type: ignore[attr-defined]  # every view has it


class LiveView(OpenView):
    """Answer 200 while the process runs."""

    def get(self, request: Request) -> Response:  # noqa: ARG002 - REST framework's signature
        return Response({'status': 'live'}, headers={'Cache-Control': 'no-store'})


class ReadyView(OpenView):
    """Answer 200 if the process can use the database, or 503 with the reason."""

    def get(self, request: Request) -> Response:  # noqa: ARG002 - REST framework's signature
        problem = readiness.problem()
        if problem is not None:
            raise ServiceUnavailable(problem)
        return Response({'status': 'ready'}, headers={'Cache-Control': 'no-store'})
