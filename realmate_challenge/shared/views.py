"""What no application owns."""

from typing import Final, final

from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.views import APIView

SERVED_OFTEN: Final = frozenset({'get', 'post'})


class BareView(APIView):
    """REST framework's view without `Allow` on the answers that need none: making it is not free."""

    @property
    def default_response_headers(self) -> dict[str, str]:
        method = str(self.request.method).lower()
        if method in SERVED_OFTEN and hasattr(self, method):
            return {}
        headers: dict[str, str] = super().default_response_headers
        return headers


@final
class UnknownURLView(BareView):
    """A 404 in the envelope, whatever the method."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        raise exceptions.NotFound
