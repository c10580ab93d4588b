"""Content negotiation that does not weigh media types when the client takes anything."""

from collections.abc import Sequence
from typing import Final, final

from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

TAKES_JSON: Final = frozenset({'*/*', 'application/json'})


@final
class JSONFirstNegotiation(DefaultContentNegotiation):
    def select_renderer(  # type: ignore[override]  # the stubs want a list where any sequence serves
        self, request: Request, renderers: Sequence[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Raises: NotAcceptable."""
        if request.META.get('HTTP_ACCEPT', '*/*') in TAKES_JSON:
            return renderers[0], renderers[0].media_type
        renderer, media_type = super().select_renderer(request, renderers, format_suffix)
        return renderer, media_type


@final
class AnythingGoes(BaseContentNegotiation):
    """For what is in one format only, whatever the client says it takes."""

    def select_renderer(  # type: ignore[override]  # the stubs want any iterable where a sequence comes
        self,
        request: Request,  # noqa: ARG002 - REST framework's signature
        renderers: Sequence[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002 - REST framework's signature
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type
