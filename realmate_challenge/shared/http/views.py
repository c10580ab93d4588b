"""The base of views without credentials, the health checks, and the view of unknown URLs."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import redirect
from django.urls import resolve
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from realmate_challenge.shared.http.exception_handler import ServiceUnavailable, page_not_found
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


@csrf_exempt
def unknown_url(request: HttpRequest) -> HttpResponse:
    """Redirect a read of `/` to the documentation, and a read without the trailing slash to the URL with it.

    Django's APPEND_SLASH also redirects other methods. A sender would follow with GET, and its event would be lost.
    """
    if request.method in {'GET', 'HEAD'}:
        if request.path_info == '/':
            return redirect('docs')
        if resolve(f'{request.path_info}/').func is not unknown_url:
            return HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True))
    return page_not_found(request)
