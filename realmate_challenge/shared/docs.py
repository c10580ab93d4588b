"""The pages of the docs, which load nothing from another host: a policy tells the browser so."""

from functools import cache
from pathlib import Path
from typing import Any, Final, final

from django.contrib.staticfiles import finders
from django.http import HttpResponseBase, StreamingHttpResponse
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

PIECE_BYTES: Final = 64 * 2**10
REDOC_BUNDLE: Final = 'drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js'
REDOC_LOGO: Final = b'https://cdn.redoc.ly/redoc/logo-mini.svg'
NO_LOGO: Final = b'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='


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
    """Serves its script, too: the original would fetch a logo from its maker, and has no option against that."""

    schema = None

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - as above
        if 'script' in request.query_params:
            return _redoc_script()
        page: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]  # untyped base
        return page


def _redoc_script() -> StreamingHttpResponse:
    """Stream the script from one copy in memory: an unread answer then costs its connection one piece, not 1 MB."""
    script = _redoc_bytes()
    pieces = (script[start : start + PIECE_BYTES] for start in range(0, len(script), PIECE_BYTES))
    headers = {'Content-Length': str(len(script)), 'Cache-Control': 'max-age=3600'}
    return StreamingHttpResponse(pieces, headers=headers, content_type='text/javascript; charset=utf-8')


@cache
def _redoc_bytes() -> bytes:
    bundle = finders.find(REDOC_BUNDLE)
    assert bundle is not None  # noqa: S101 - it is a dependency
    return Path(bundle).read_bytes().replace(REDOC_LOGO, NO_LOGO)
