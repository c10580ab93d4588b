"""Content negotiation that does not weigh media types when the client takes anything, or just what comes first."""

from collections.abc import Sequence
from typing import final

from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


@final
class JSONFirstNegotiation(DefaultContentNegotiation):
    def select_renderer(  # type: ignore[override]  # the stubs want a list where any sequence serves
        self, request: Request, renderers: Sequence[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Raises: NotAcceptable."""
        first = renderers[0]
        if request.META.get('HTTP_ACCEPT', '*/*') in {'*/*', first.media_type}:
            return first, first.media_type
        renderer, media_type = super().select_renderer(request, renderers, format_suffix)
        return renderer, media_type


@final
class IgnoreAcceptHeader(BaseContentNegotiation):
    """Answer in the one format of the view, whatever `Accept` asks for."""

    def select_renderer(  # type: ignore[override]  # the stubs want any iterable where a sequence comes
        self,
        request: Request,  # noqa: ARG002 - REST framework's signature
        renderers: Sequence[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002 - REST framework's signature
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type
