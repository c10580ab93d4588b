"""What no application owns."""

from typing import final

from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.views import APIView


@final
class UnknownURLView(APIView):
    """A 404 in the envelope, whatever the method."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        raise exceptions.NotFound
