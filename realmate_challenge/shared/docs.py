"""The pages of the docs, which load nothing from another host: a policy tells the browser so.

Redoc's bundle would fetch a logo from its maker, and has no option against it.
"""

from typing import Any, Final, final

from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

DIRECTIVES: Final = {
    'default-src': "'none'",
    'script-src': "'self'",
    # Both pages make their styles as they go.
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' data:",
    'font-src': "'self' data:",
    'connect-src': "'self'",
    # Redoc searches in a worker of its own making.
    'worker-src': 'blob:',
    'base-uri': "'none'",
    'form-action': "'self'",
    'frame-ancestors': "'none'",
}
POLICY: Final = '; '.join(f'{name} {sources}' for name, sources in DIRECTIVES.items())


class SelfContainedPage(APIView):
    """Mixin before a view of the docs."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - REST framework's signature
        final_response = super().finalize_response(request, response, *args, **kwargs)
        final_response.headers['Content-Security-Policy'] = POLICY
        return final_response


@final
class SwaggerView(SelfContainedPage, SpectacularSwaggerSplitView):
    """Split: its script has an address of its own, so that none has to be allowed inside the page."""


@final
class RedocView(SelfContainedPage, SpectacularRedocView):
    pass
