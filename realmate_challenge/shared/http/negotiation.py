from collections.abc import Sequence
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

type Choice = tuple[BaseRenderer, str]


class JSONFirstNegotiation(DefaultContentNegotiation):
    """Choose the first renderer for clients that accept anything or exactly its media type."""

    def select_renderer(self, request: Request, renderers: Sequence[BaseRenderer], *args: Any) -> Choice:  # type: ignore[override]  # noqa: ANN401 - REST framework's signature
        """Raises: NotAcceptable."""
        first = renderers[0]
        if request.META.get('HTTP_ACCEPT', '*/*') in {'*/*', first.media_type}:
            return first, first.media_type
        choice: Choice = super().select_renderer(request, renderers, *args)
        return choice


class IgnoreAcceptHeader(BaseContentNegotiation):
    """Choose the first renderer for every client."""

    def select_renderer(self, request: Request, renderers: Sequence[BaseRenderer], *args: Any) -> Choice:  # type: ignore[override]  # noqa: ANN401, ARG002 - REST framework's signature
        return renderers[0], renderers[0].media_type
