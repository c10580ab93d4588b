"""Who may read."""

from typing import TYPE_CHECKING, final

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:
    # At run time `rest_framework.views` imports this module, for its default permissions.
    from rest_framework.views import APIView


@final
class MayRead(BasePermission):
    """Users with `API_READ_PERMISSION`; everybody, where `API_REQUIRE_AUTH` is off."""

    def has_permission(self, request: Request, view: 'APIView') -> bool:  # noqa: ARG002 - REST framework's signature
        return not settings.API_REQUIRE_AUTH or request.user.has_perm(settings.API_READ_PERMISSION)
